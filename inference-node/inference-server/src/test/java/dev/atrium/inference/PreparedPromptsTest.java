package dev.atrium.inference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.engine.PreparedPrompt;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class PreparedPromptsTest {

  private final AtomicLong now = new AtomicLong();
  private final PreparedPrompts prompts = new PreparedPrompts(15_000, 100, now::get);
  private final AttemptKey one = new AttemptKey("g1", 1);
  private final AttemptKey two = new AttemptKey("g2", 1);

  @Test
  void givesAPromptOutOnce() {
    PreparedPrompt prompt = prompt(10);
    assertThat(prompts.keep(one, prompt)).isTrue();
    assertThat(prompts.take(one)).contains(prompt);
    assertThat(prompts.take(one)).isEmpty();
  }

  @Test
  void keepsAttemptsOfAGenerationApart() {
    prompts.keep(one, prompt(10));
    assertThat(prompts.take(new AttemptKey("g1", 2))).isEmpty();
  }

  @Test
  void forgetsAfterItsTime() {
    prompts.keep(one, prompt(10));
    now.addAndGet(14_999_000_000L);
    prompts.keep(two, prompt(10));
    now.addAndGet(1_000_000L);
    assertThat(prompts.take(one)).isEmpty();
    assertThat(prompts.take(two)).isPresent();
  }

  @Test
  void refusesMoreTokensThanItMayKeepUntilSomeAreTaken() {
    assertThat(prompts.keep(one, prompt(60))).isTrue();
    assertThat(prompts.keep(two, prompt(60))).isFalse();
    assertThat(prompts.keep(one, prompt(90))).isTrue();
    assertThat(prompts.take(one)).isPresent();
    assertThat(prompts.keep(two, prompt(60))).isTrue();
  }

  private static PreparedPrompt prompt(int tokens) {
    return new PreparedPrompt(new int[tokens], 2048, 64);
  }
}
