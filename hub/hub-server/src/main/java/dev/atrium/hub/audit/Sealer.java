package dev.atrium.hub.audit;

import dev.atrium.hub.config.AuditConfig;
import dev.atrium.hub.crypto.MasterKey;
import dev.atrium.hub.db.Db;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Seals the audit log, about once a second, while this hub has the lease: every committed record that has
 * none gets a leaf of the Merkle tree, and the tree a signed checkpoint, which then also goes off the host.
 * A transaction that commits late comes later; none is lost. To be deployed as a verticle of its own.
 */
public final class Sealer extends VerticleBase {

  private static final long PAUSE_MS = 1_000;
  private static final Logger log = LoggerFactory.getLogger(Sealer.class);

  private final PgSealing sealing;
  private final List<Delivery> deliveries = new ArrayList<>();
  private volatile boolean leads;
  private boolean stopped;
  private boolean failing;
  private Future<?> step = Future.succeededFuture();

  public Sealer(
    Vertx vertx,
    Db db,
    MasterKey master,
    AuditTrail audit,
    AuditConfig config,
    String hubId
  ) {
    this.sealing = new PgSealing(db, new PgCheckpointKeys(master, audit), hubId);
    PgDelivery store = new PgDelivery(db);
    sinks(vertx, config, hubId).forEach(sink ->
      deliveries.add(new Delivery(vertx, store, sink, () -> leads))
    );
  }

  private static List<CheckpointSink> sinks(Vertx vertx, AuditConfig config, String hubId) {
    List<CheckpointSink> sinks = new ArrayList<>();
    config.file().ifPresent(file -> sinks.add(new FileSink(vertx, file)));
    config.http().ifPresent(http -> sinks.add(new HttpSink(vertx, http, config.ca())));
    config.syslog().ifPresent(log -> sinks.add(new SyslogSink(vertx, log, config.ca(), hubId)));
    return sinks;
  }

  @Override
  public Future<?> start() {
    turn();
    deliveries.forEach(Delivery::start);
    return Future.succeededFuture();
  }

  /** Seals until nothing is left, waits, and begins again. */
  private void turn() {
    if (stopped) {
      return;
    }
    step = sealing
      .step()
      .onComplete(
        done -> {
          leads = done.leads();
          failing = false;
          if (done.sealed() == PgSealing.BATCH) {
            turn();
          } else {
            later();
          }
        },
        failure -> {
          leads = false;
          if (!failing) {
            log.warn("the audit log is not sealed now, trying on: {}", failure.toString());
          }
          failing = true;
          later();
        }
      );
  }

  private void later() {
    vertx.setTimer(PAUSE_MS, _ -> turn());
  }

  /** Lets another hub go on at once; after a step under way, which would take the lease again. */
  @Override
  public Future<?> stop() {
    stopped = true;
    deliveries.forEach(Delivery::stop);
    return step.transform(_ ->
      leads ? sealing.release().otherwiseEmpty() : Future.succeededFuture()
    );
  }
}
