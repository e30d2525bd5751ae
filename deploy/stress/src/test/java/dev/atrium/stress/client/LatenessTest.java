package dev.atrium.stress.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.stress.figures.Histogram;
import io.vertx.core.Context;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LatenessTest {

  private static final long STANDS_STILL_MS = 200;

  private final Vertx vertx = Vertx.vertx();
  private final Context loop = vertx.getOrCreateContext();
  private final Histogram late = new Histogram();
  private final Lateness lateness = new Lateness(late);

  @AfterEach
  void close() throws Exception {
    vertx.close().await(10, TimeUnit.SECONDS);
  }

  @Test
  void isHowLongTheLoopStoodStill() throws Exception {
    loop.runOnContext(_ -> lateness.watch(vertx));
    standStill();
    assertThat(late.maxMillis()).isBetween(STANDS_STILL_MS * 0.9, STANDS_STILL_MS * 10.0);
  }

  @Test
  void endsWhenTheLoadIsOver() throws Exception {
    loop.runOnContext(_ -> lateness.watch(vertx));
    standStill();
    lateness.end();
    late.clear();
    standStill();
    assertThat(late.count()).isZero();
  }

  /** Comes back when what came due meanwhile has run. */
  private void standStill() throws Exception {
    Promise<Void> over = Promise.promise();
    loop.runOnContext(_ -> {
      long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(STANDS_STILL_MS);
      while (System.nanoTime() - end < 0) {
        Thread.onSpinWait();
      }
      vertx.setTimer(20, _ -> over.complete());
    });
    over.future().await(10, TimeUnit.SECONDS);
  }
}
