package dev.atrium.engine;

import static dev.atrium.engine.Harness.SMALL;
import static dev.atrium.engine.Harness.greedy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.atrium.engine.model.Span;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SchedulerTest {

  @Test
  void cutsAPromptIntoBlocksWithinTheBudget() {
    EngineConfig config = SMALL.withStepTokenBudget(150);
    try (Harness h = new Harness(config, 1000, 4000, Harness::mixed)) {
      h.engine.submit(greedy("a", "x".repeat(299), 2));
      h.runDry();
      assertThat(positions(h.runner.steps().get(0))).containsExactly(
        0,
        16,
        32,
        48,
        64,
        80,
        96,
        112,
        128
      );
      assertThat(positions(h.runner.steps().get(1))).startsWith(144).endsWith(272).hasSize(9);
      assertThat(positions(h.runner.steps().get(2))).containsExactly(288);
      assertThat(h.runner.steps().get(2).getFirst().tokens()).hasSize(12);
      assertThat(h.runner.steps().get(1)).noneMatch(Span::wantsLogits);
    }
  }

  @Test
  void thoseWhoWriteGoOnWhileAPromptIsRead() {
    try (Harness h = new Harness(SMALL, 1000, 4000, Harness::mixed)) {
      h.engine.submit(greedy("writer", "go", 50));
      h.step();
      h.engine.submit(greedy("reader", "x".repeat(600), 5));
      int before = h.text("writer").length();
      for (int i = 1; i <= 4; i++) {
        h.step();
        assertThat(h.text("writer")).hasSize(before + i);
      }
    }
  }

  @Test
  void promptsAdvanceEvenIfWritersFillTheBudget() {
    EngineConfig config = SMALL.withStepTokenBudget(2).withMaxBatch(4);
    try (Harness h = new Harness(config, 1000, 4000, Harness::mixed)) {
      for (String id : List.of("a", "b", "c")) {
        h.engine.submit(greedy(id, "go", 60));
      }
      h.step().step().step().step();
      h.engine.submit(greedy("late", "xyz", 5));
      h.runDry();
      assertThat(h.text("late")).hasSize(5);
    }
  }

  @Test
  void tellsAboutPositionsInTheQueueAndRefusesBeyondItsBound() {
    EngineConfig config = SMALL.withMaxBatch(1).withMaxWaiting(2);
    try (Harness h = new Harness(config, 1000, 4000, Harness::mixed)) {
      h.engine.submit(greedy("a", "go", 5));
      h.engine.submit(greedy("b", "go", 5));
      h.engine.submit(greedy("c", "go", 5));
      assertThatThrownBy(() -> h.engine.submit(greedy("d", "go", 5))).isInstanceOf(
        OverloadedException.class
      );
      h.runDry();
      assertThat(h.of("b", EngineEvent.Queued.class))
        .extracting(EngineEvent.Queued::position)
        .containsExactly(1);
      assertThat(h.of("c", EngineEvent.Queued.class))
        .extracting(EngineEvent.Queued::position)
        .startsWith(2, 1)
        .containsOnly(2, 1);
      assertThat(h.text("c")).hasSize(5);
      assertThat(h.events).noneMatch(e -> e.sequenceId().equals("d"));
    }
  }

  @Test
  void whenTheCacheIsFullTheYoungestWaitsAndLosesNothing() {
    try (Harness h = new Harness(SMALL, 200, 256, Harness::mixed)) {
      List<String> ids = List.of("a", "b", "c", "d");
      ids.forEach(id -> h.engine.submit(greedy(id, id, 150)));
      h.runDry();
      for (String id : ids) {
        assertThat(h.text(id)).as(id).isEqualTo(alone(id, 150));
        assertThat(h.of(id, EngineEvent.Started.class)).hasSize(1);
      }
      assertThat(h.engine.status()).isEqualTo(new EngineStatus(0, 0, 256));
    }
  }

  @Test
  void everyAnswerIsTheSameAsAloneWhoeverComesAndGoes() {
    Random random = new Random(7);
    int rounds = Boolean.getBoolean("atrium.long") ? 40 : 8;
    for (int round = 0; round < rounds; round++) {
      int cacheTokens = 200 + random.nextInt(400);
      EngineConfig config = SMALL.withMaxBatch(1 + random.nextInt(6))
        .withStepTokenBudget(1 + random.nextInt(200))
        .withMaxWaiting(100);
      try (Harness h = new Harness(config, 200, cacheTokens, Harness::mixed)) {
        Map<String, SequenceRequest> submitted = new HashMap<>();
        List<String> cancelled = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
          SequenceRequest request = greedy(
            "s" + i,
            "p".repeat(random.nextInt(90)) + i,
            1 + random.nextInt(80)
          );
          submitted.put(request.id(), request);
          h.engine.submit(request);
          for (int s = random.nextInt(20); s > 0; s--) {
            h.step();
          }
          if (random.nextInt(5) == 0) {
            String victim = "s" + random.nextInt(i + 1);
            h.engine.cancel(victim);
            cancelled.add(victim);
          }
        }
        h.runDry();
        submitted.forEach((id, request) -> {
          String whole = alone(request, 200);
          if (cancelled.contains(id)) {
            assertThat(whole).startsWith(h.text(id));
          } else {
            assertThat(h.text(id)).as(id).isEqualTo(whole);
          }
          assertThat(h.finished(id)).isNotNull();
        });
        assertThat(h.engine.status()).isEqualTo(new EngineStatus(0, 0, cacheTokens));
      }
    }
  }

  private static List<Integer> positions(List<Span> spans) {
    return spans.stream().map(Span::position).toList();
  }

  private static String alone(String prompt, int tokens) {
    return alone(greedy("alone", prompt, tokens), 200);
  }

  private static String alone(SequenceRequest request, int contextLength) {
    try (Harness h = new Harness(SMALL, contextLength, 4000, Harness::mixed)) {
      h.engine.submit(request);
      return h.runDry().text(request.id());
    }
  }
}
