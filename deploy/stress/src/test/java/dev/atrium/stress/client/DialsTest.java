package dev.atrium.stress.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Context;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DialsTest {

  private final Vertx vertx = Vertx.vertx();
  private final Context loop = vertx.getOrCreateContext();
  private final Dials dials = new Dials();
  private final List<Promise<Void>> begun = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    vertx.close().await(10, TimeUnit.SECONDS);
  }

  private void add(int count) throws Exception {
    onLoop(() -> {
      for (int i = 0; i < count; i++) {
        dials.add(() -> {
          Promise<Void> promise = Promise.promise();
          begun.add(promise);
          return promise.future();
        });
      }
    });
  }

  private void onLoop(Runnable task) throws Exception {
    Promise<Void> done = Promise.promise();
    loop.runOnContext(_ -> {
      task.run();
      done.complete();
    });
    done.future().await(10, TimeUnit.SECONDS);
  }

  @Test
  void opensAFewAtATime() throws Exception {
    add(100);
    assertThat(begun).hasSize(64);
    onLoop(() -> List.copyOf(begun).forEach(Promise::complete));
    onLoop(() -> {});
    assertThat(begun).hasSize(100);
  }

  @Test
  void doesNotWaitForAHubThatStandsStill() throws Exception {
    add(65);
    assertThat(begun).hasSize(64);
    for (int i = 0; i < 100 && begun.size() < 65; i++) {
      TimeUnit.MILLISECONDS.sleep(50);
      onLoop(() -> {});
    }
    assertThat(begun).hasSize(65);
  }
}
