package dev.atrium.engine.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.atrium.engine.model.NetworkShape;
import dev.atrium.engine.model.Rope;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class CopyingStartTest {

  private static final int VOCABULARY = 1000;
  private static final int LENGTH = 120;
  private static final int ROWS = 4;
  private static final NetworkShape SHAPE = NetworkShape.of(
    2,
    192,
    6,
    6,
    32,
    128,
    VOCABULARY,
    512
  ).withRope(Rope.of(100_000));
  private static final TrainingOptions OPTIONS = new TrainingOptions(4, 1e-3, 1, 0, 1, 7, 1);

  /** Tokens by chance, the second half of each row being the first once more. */
  private static TrainingBatch repeated() {
    var random = new SplittableRandom(3);
    var ids = new int[ROWS * LENGTH];
    var targets = new int[ids.length];
    Arrays.fill(targets, TrainingBatch.IGNORED);
    for (int at = 0; at < ids.length; at++) {
      boolean again = at % LENGTH >= LENGTH / 2;
      ids[at] = again ? ids[at - LENGTH / 2] : random.nextInt(VOCABULARY);
      if (at % LENGTH > LENGTH / 2) targets[at - 1] = ids[at];
    }
    return new TrainingBatch(ROWS, LENGTH, ids, targets);
  }

  @Test
  void whatStoodOnceIsExpectedAgainBeforeAnythingIsLearned() {
    try (
      var random = new Trainer(SHAPE, OPTIONS);
      var copying = new Trainer(SHAPE, OPTIONS.withCopying())
    ) {
      double chance = Math.log(VOCABULARY);
      assertThat(random.loss(repeated())).isGreaterThan(0.95 * chance);
      assertThat(copying.loss(repeated())).isLessThan(0.3 * chance);
    }
  }

  @Test
  void theSameSeedBeginsWithTheSameWeights() {
    try (
      var one = new Trainer(SHAPE, OPTIONS.withCopying());
      var other = new Trainer(SHAPE, OPTIONS.withCopying())
    ) {
      for (int i = 0; i < one.weights().size(); i++) {
        assertThat(one.weights().get(i).values()).isEqualTo(other.weights().get(i).values());
      }
    }
  }

  @Test
  void refusesAShapeWithoutRoom() {
    var narrow = NetworkShape.of(2, 48, 2, 2, 24, 64, VOCABULARY, 512);
    assertThatThrownBy(() -> new Trainer(narrow, OPTIONS.withCopying()))
      .isInstanceOf(IllegalArgumentException.class)
      .hasMessageContaining("no room");
  }
}
