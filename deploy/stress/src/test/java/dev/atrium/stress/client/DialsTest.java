package dev.atrium.stress.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Context;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DialsTest {

  private final Vertx vertx = Vertx.vertx();
  private final Context loop = vertx.getOrCreateContext();

  @AfterEach
  void close() throws Exception {
    vertx.close().await(10, TimeUnit.SECONDS);
  }

  @Test
  void letsTheLoopDoOtherThingsBetweenAFewDials() throws Exception {
    AtomicInteger atOnce = new AtomicInteger();
    Promise<List<Integer>> done = Promise.promise();
    loop.runOnContext(_ -> {
      Dials dials = new Dials(vertx);
      List<Integer> begun = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        int number = i;
        dials.add(() -> begun.add(number));
      }
      atOnce.set(begun.size());
      dials.add(() -> done.complete(begun));
    });
    List<Integer> all = IntStream.range(0, 100).boxed().toList();
    assertThat(done.future().await(10, TimeUnit.SECONDS)).isEqualTo(all);
    assertThat(atOnce.get()).isBetween(1, 20);
  }
}
