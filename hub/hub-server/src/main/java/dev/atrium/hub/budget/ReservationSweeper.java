package dev.atrium.hub.budget;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives back, every two seconds, what dead hubs have left reserved ({@link BudgetLedger#sweep}). Each hub
 * runs one; the database sees to it that no two settle the same. To be deployed as a verticle of its own.
 */
public final class ReservationSweeper extends VerticleBase {

  private static final long PAUSE_MS = 2_000;
  private static final Logger log = LoggerFactory.getLogger(ReservationSweeper.class);

  private final BudgetLedger ledger;
  private boolean sweeping;
  private boolean failing;

  public ReservationSweeper(BudgetLedger ledger) {
    this.ledger = ledger;
  }

  @Override
  public Future<?> start() {
    vertx.setPeriodic(PAUSE_MS, _ -> sweep());
    return Future.succeededFuture();
  }

  private void sweep() {
    if (sweeping) {
      return;
    }
    sweeping = true;
    ledger
      .sweep()
      .onComplete(
        swept -> {
          sweeping = false;
          failing = false;
          if (swept > 0) {
            log.info("{} reservations settled that nobody else would have", swept);
            sweep();
          }
        },
        failure -> {
          sweeping = false;
          if (!failing) {
            log.warn("reservations are not swept now, trying on: {}", failure.toString());
          }
          failing = true;
        }
      );
  }
}
