package dev.atrium.engine;

import static dev.atrium.engine.Harness.SMALL;
import static dev.atrium.engine.Harness.greedy;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Work is counted where it is done, by the script: a prompt when its last token was read, then each token
 * of its answer. A prompt begins with the letter of its department or user, so it can be told whose it is.
 */
class FairnessTest {

  private static final int PLACES = 4;
  private static final int LONGEST_PROMPT = 120;
  private static final int LONGEST_ANSWER = 60;
  /** Sheng et al.: twice the larger of a prompt and what a full batch may hold. */
  private static final int BOUND = 2 * PLACES * (LONGEST_PROMPT + LONGEST_ANSWER);
  private static final EngineConfig CONFIG = SMALL.withMaxBatch(PLACES)
    .withStepTokenBudget(64)
    .withMaxWaiting(2_000);

  private final Random random = new Random(5);
  private final Map<Character, Integer> work = new HashMap<>();
  private final Set<String> started = new HashSet<>();
  private int heard;

  private int counted(int[] history) {
    int last = history[history.length - 1];
    work.merge((char) history[0], last == '\n' ? history.length : 1, Integer::sum);
    return Harness.mixed(history);
  }

  @Test
  void twoDepartmentsGetTheSameThoughOneSendsTenTimesAsMuch() {
    try (Harness h = new Harness(CONFIG, 400, 4000, this::counted)) {
      for (int i = 0; i < 300; i++) {
        submit(h, "a" + i, 'a', new Party("loud", "u" + (i % 7)));
        if (i % 10 == 0) {
          submit(h, "b" + i, 'b', new Party("quiet", "v"));
        }
      }
      while (waits(h, "b290")) {
        h.step();
        assertThat(Math.abs(work.getOrDefault('a', 0) - work.getOrDefault('b', 0)))
          .as("%s", work)
          .isLessThanOrEqualTo(BOUND);
      }
      int all = work.get('a') + work.get('b');
      assertThat((double) work.get('b') / all).isBetween(0.4, 0.6);
      assertThat(all).as("long enough to show it").isGreaterThan(3 * BOUND);
    }
  }

  @Test
  void aDepartmentOfManyLongPromptsGetsNoMoreThanOneOfManyShortOnes() {
    try (Harness h = new Harness(CONFIG, 400, 4000, this::counted)) {
      for (int i = 0; i < 200; i++) {
        h.engine.submit(greedy("a" + i, prompt('a', 110), 2).by(new Party("long", "u"), 0));
        h.engine.submit(greedy("b" + i, "b", 2).by(new Party("short", "v"), 0));
      }
      while (waits(h, "b199")) {
        h.step();
      }
      assertThat(Math.abs(work.get('a') - work.get('b'))).isLessThanOrEqualTo(BOUND);
      int answered = (int) h.events
        .stream()
        .filter(e -> e instanceof EngineEvent.Finished && e.sequenceId().startsWith("a"))
        .count();
      assertThat(answered).as("by requests it would have been 200").isLessThan(30);
    }
  }

  @Test
  void usersShareWhatTheirDepartmentGets() {
    try (Harness h = new Harness(CONFIG, 400, 4000, this::counted)) {
      for (int i = 0; i < 100; i++) {
        submit(h, "a" + i, 'a', new Party("one", "greedy"));
      }
      for (int i = 0; i < 20; i++) {
        submit(h, "b" + i, 'b', new Party("one", "modest"));
        submit(h, "c" + i, 'c', new Party("two", "other"));
        submit(h, "C" + i, 'c', new Party("two", "other"));
      }
      while (waits(h, "b19") && waits(h, "C19")) {
        h.step();
      }
      int all = work.values().stream().mapToInt(Integer::intValue).sum();
      assertThat((double) work.get('a') / all).isBetween(0.15, 0.35);
      assertThat((double) work.get('b') / all).isBetween(0.15, 0.35);
      assertThat((double) work.get('c') / all).isBetween(0.4, 0.6);
    }
  }

  @Test
  void restIsNotSavedUp() {
    try (Harness h = new Harness(CONFIG, 400, 4000, this::counted)) {
      for (int i = 0; i < 200; i++) {
        submit(h, "a" + i, 'a', new Party("busy", "u"));
      }
      submit(h, "z", 'z', new Party("seldom", "v"));
      for (int i = 0; i < 300; i++) {
        h.step();
      }
      for (int i = 0; i < 60; i++) {
        submit(h, "b" + i, 'b', new Party("seldom", "v"));
      }
      work.clear();
      while (waits(h, "a199") && waits(h, "b59")) {
        h.step();
      }
      assertThat(work.get('b')).isGreaterThan(BOUND);
      assertThat(work.get('b') - work.get('a')).isLessThanOrEqualTo(BOUND);
    }
  }

  @Test
  void whatIsKeptOfThosePresentIsForgottenWhenAllAreLevel() {
    Shares shares = new Shares();
    for (int i = 0; i < 1_000; i++) {
      shares.join("u" + i);
      shares.charge("u" + i, i);
    }
    for (int i = 0; i < 1_000; i++) {
      shares.leave("u" + i);
    }
    assertThat(shares.size()).isZero();
  }

  private void submit(Harness h, String id, char letter, Party party) {
    String prompt = prompt(letter, 1 + random.nextInt(LONGEST_PROMPT - 1));
    h.engine.submit(greedy(id, prompt, 1 + random.nextInt(LONGEST_ANSWER)).by(party, 0));
  }

  /** Random, so that none begins as another does. */
  private String prompt(char letter, int length) {
    StringBuilder prompt = new StringBuilder().append(letter);
    while (prompt.length() < length) {
      prompt.append((char) ('a' + random.nextInt(26)));
    }
    return prompt.toString();
  }

  private boolean waits(Harness h, String id) {
    for (; heard < h.events.size(); heard++) {
      if (h.events.get(heard) instanceof EngineEvent.Started start) {
        started.add(start.sequenceId());
      }
    }
    return !started.contains(id);
  }
}
