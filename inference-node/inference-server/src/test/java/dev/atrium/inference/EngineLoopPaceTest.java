package dev.atrium.inference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.engine.EngineConfig;
import dev.atrium.inference.api.GenerateReply;
import dev.atrium.inference.api.GenerateRequest;
import dev.atrium.inference.api.GenerationEvent;
import dev.atrium.inference.api.GenerationEvent.Delta;
import dev.atrium.inference.api.Sampling;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Test;

/** How text is sent by the time that steps take, which a clock of the test's own tells. */
class EngineLoopPaceTest {

  private static final int TOKENS = 40;

  private final AtomicLong clock = new AtomicLong();
  private final List<GenerationEvent> sent = new CopyOnWriteArrayList<>();
  private final CountDownLatch over = new CountDownLatch(1);

  @Test
  void theTextOfShortStepsIsGathered() throws Exception {
    List<Integer> lengths = lengthsOfDeltas(_ -> 10);
    assertThat(lengths.getFirst()).isEqualTo(1);
    assertThat(lengths.subList(1, lengths.size())).containsOnly(3);
  }

  @Test
  void theTextOfLongStepsIsSentByEach() throws Exception {
    assertThat(lengthsOfDeltas(_ -> 50)).hasSize(TOKENS).containsOnly(1);
  }

  @Test
  void theTextOfAStepThatFollowsALateOneWaitsForNoOther() throws Exception {
    int late = 25;
    List<Integer> lengths = lengthsOfDeltas(token ->
      token == late ? 50 + 35 : token == late + 1 ? 50 - 35 : 50
    );
    assertThat(lengths).hasSize(TOKENS).containsOnly(1);
  }

  /**
   * Of one answer, with text gathered for 30 ms.
   *
   * @param stepMillis what the step takes that draws this token, counted from 1
   */
  private List<Integer> lengthsOfDeltas(IntUnaryOperator stepMillis) throws Exception {
    int prompt = Letters.prompt().ids().length;
    try (
      EngineLoop loop = new EngineLoop(
        "letters",
        () ->
          Letters.engine(
            history -> {
              long millis = stepMillis.applyAsInt(history.length - prompt + 1);
              clock.addAndGet(Duration.ofMillis(millis).toNanos());
              return 'a';
            },
            Duration.ZERO,
            EngineConfig.defaults()
          ),
        new Turnstile.PerDevice(),
        (_, event) -> {
          sent.add(event);
          if (event.last()) {
            over.countDown();
          }
        },
        new LoopConfig(
          100,
          Duration.ofMillis(30),
          Duration.ofMinutes(1),
          Duration.ofMinutes(1),
          1_000,
          Duration.ZERO
        ),
        clock::get
      )
    ) {
      loop.start().get(10, TimeUnit.SECONDS);
      CompletableFuture<GenerateReply> reply = new CompletableFuture<>();
      loop.offer(
        new Command(new Command.Start(request(), Optional.of(Letters.prompt())), reply::complete)
      );
      assertThat(reply.get(10, TimeUnit.SECONDS)).isEqualTo(new GenerateReply.Accepted());
      assertThat(over.await(10, TimeUnit.SECONDS)).isTrue();
    }
    return sent
      .stream()
      .filter(Delta.class::isInstance)
      .map(delta -> ((Delta) delta).tokenIds().size())
      .toList();
  }

  private static GenerateRequest request() {
    return new GenerateRequest(
      "g",
      1,
      "hub-1",
      Optional.empty(),
      Sampling.greedy(),
      TOKENS,
      List.of(),
      List.of(),
      TOKENS,
      60_000
    );
  }
}
