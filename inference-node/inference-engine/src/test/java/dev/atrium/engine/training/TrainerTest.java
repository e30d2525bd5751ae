package dev.atrium.engine.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.atrium.engine.djl.TorchModelRunner;
import dev.atrium.engine.model.ModelRunner;
import dev.atrium.engine.model.NetworkShape;
import dev.atrium.engine.model.Precision;
import dev.atrium.engine.model.Span;
import dev.atrium.engine.safetensors.SafetensorsDirectory;
import dev.atrium.engine.safetensors.SafetensorsWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainerTest {

  /** Two layers, grouped heads, so that every branch of the program is taken. */
  private static final NetworkShape TINY = NetworkShape.of(2, 16, 4, 2, 4, 24, 30, 32);

  private static TrainingOptions options(long steps) {
    return new TrainingOptions(steps, 1e-2, 2, 0.01, 1, 7, 1);
  }

  private static TrainingBatch batch(long seed) {
    var random = new SplittableRandom(seed);
    var ids = random.ints(2 * 8, 0, TINY.vocab()).toArray();
    var targets = new int[ids.length];
    for (int i = 0; i < ids.length; i++) {
      targets[i] = i % 8 == 7 || i % 3 == 0 ? TrainingBatch.IGNORED : ids[i + 1];
    }
    return new TrainingBatch(2, 8, ids, targets);
  }

  @Test
  void gradientsAgreeWithFiniteDifferences() {
    try (var trainer = new Trainer(TINY, options(10))) {
      for (int i = 0; i < 5; i++) trainer.learn(batch(1)); // away from the first weights
      var gradients = trainer.gradientsOf(batch(1));
      var random = new SplittableRandom(3);
      float by = 1e-2f;
      for (int w = 0; w < gradients.size(); w++) {
        int element = largest(gradients.get(w), random);
        trainer.nudge(w, element, by);
        double above = trainer.loss(batch(1));
        trainer.nudge(w, element, -2 * by);
        double below = trainer.loss(batch(1));
        trainer.nudge(w, element, by);
        double expected = (above - below) / (2 * by);
        assertThat((double) gradients.get(w)[element])
          .as("weight %d, element %d", w, element)
          .isCloseTo(expected, within(2e-3 + 0.05 * Math.abs(expected)));
      }
    }
  }

  /** The steepest of a few elements, so that the difference is not lost in rounding. */
  private static int largest(float[] gradient, SplittableRandom random) {
    int best = 0;
    for (int i = 0; i < 20; i++) {
      int at = random.nextInt(gradient.length);
      if (Math.abs(gradient[at]) > Math.abs(gradient[best])) best = at;
    }
    return best;
  }

  @Test
  void learnsOneBatchByHeart() {
    try (var trainer = new Trainer(TINY, options(200))) {
      double first = trainer.loss(batch(1));
      for (int i = 0; i < 200; i++) trainer.learn(batch(1));
      assertThat(first).isCloseTo(Math.log(TINY.vocab()), within(0.3));
      assertThat(trainer.loss(batch(1))).isLessThan(0.05);
    }
  }

  @Test
  void goesOnFromACheckpointAsIfNothingHadHappened(@TempDir Path dir) throws Exception {
    var uninterrupted = new ArrayList<Double>();
    try (var trainer = new Trainer(TINY, options(8))) {
      for (int i = 0; i < 8; i++) uninterrupted.add(learn(trainer));
    }
    var resumed = new ArrayList<Double>();
    try (var trainer = new Trainer(TINY, options(8))) {
      for (int i = 0; i < 4; i++) resumed.add(learn(trainer));
      trainer.save(dir);
    }
    try (var trainer = new Trainer(TINY, options(Trainer.schedule(dir)))) {
      trainer.resume(dir);
      assertThat(trainer.step()).isEqualTo(4);
      for (int i = 0; i < 4; i++) resumed.add(learn(trainer));
    }
    for (int i = 0; i < 8; i++) {
      // Products sum in an order that depends on where in memory their numbers lie: the last bit may differ.
      assertThat(resumed.get(i)).isCloseTo(uninterrupted.get(i), within(1e-6));
    }
  }

  private static double learn(Trainer trainer) {
    trainer.learn(batch(trainer.step()));
    return trainer.takeLoss();
  }

  @Test
  void tellsTheMeanLossOfTheStepsSinceItWasAsked() {
    try (var one = new Trainer(TINY, options(8)); var other = new Trainer(TINY, options(8))) {
      double mean = (learn(one) + learn(one) + learn(one)) / 3;
      for (int i = 0; i < 3; i++) other.learn(batch(other.step()));
      assertThat(other.takeLoss()).isCloseTo(mean, within(1e-5));
      assertThat(other.takeLoss()).isNaN();
    }
  }

  @Test
  void savesNothingOnceALossWasNotANumber(@TempDir Path dir) {
    try (var trainer = new Trainer(TINY, options(8))) {
      trainer.nudge(1, 0, Float.NaN);
      trainer.learn(batch(1));
      assertThatThrownBy(() -> trainer.save(dir)).hasMessageContaining("the loss at step 1");
      assertThatThrownBy(trainer::takeLoss).isInstanceOf(IllegalStateException.class);
      assertThat(dir).isEmptyDirectory();
    }
  }

  @Test
  void refusesTheCheckpointOfAnotherSchedule(@TempDir Path dir) throws Exception {
    try (var trainer = new Trainer(TINY, options(8))) {
      trainer.save(dir);
    }
    try (var other = new Trainer(TINY, options(9))) {
      assertThatThrownBy(() -> other.resume(dir)).hasMessageContaining("8 steps");
    }
  }

  @Test
  void whatIsSavedForServingGivesTheSameLogits(@TempDir Path dir) throws Exception {
    int[] ids = { 3, 1, 4, 1, 5, 9, 2, 6 };
    var targets = new int[ids.length];
    Arrays.fill(targets, TrainingBatch.IGNORED);
    targets[ids.length - 1] = 11;
    double loss;
    try (var trainer = new Trainer(TINY, options(20))) {
      for (int i = 0; i < 20; i++) trainer.learn(batch(1));
      SafetensorsWriter.write(
        dir.resolve("model.safetensors"),
        trainer.weights().stream().map(NamedWeight::asF16).toList()
      );
      try (var weights = SafetensorsDirectory.open(dir)) {
        trainer.load(weights);
      }
      loss = trainer.loss(new TrainingBatch(1, ids.length, ids, targets));
    }
    try (
      var weights = SafetensorsDirectory.open(dir);
      ModelRunner runner = TorchModelRunner.load("tiny", TINY, weights, Precision.F32, 1, 64)
    ) {
      var logits = new float[TINY.vocab()];
      runner.step(List.of(new Span(ids, 0, 0, 0, true))).logits(0, logits);
      assertThat(crossEntropy(logits, 11)).isCloseTo(loss, within(1e-4));
    }
  }

  private static double crossEntropy(float[] logits, int target) {
    double sum = 0;
    for (float logit : logits) sum += Math.exp(logit);
    return Math.log(sum) - logits[target];
  }

  @Test
  void stopsWithACheckpointAndFinishesLater(@TempDir Path dir) throws Exception {
    var heldOut = List.of(batch(99));
    try (var trainer = new Trainer(TINY, options(6))) {
      var holder = new TrainingRun[1];
      holder[0] = new TrainingRun(trainer, TrainerTest::batch, heldOut, dir, p -> {
        if (p.step() == 2) holder[0].stop();
      });
      assertThat(holder[0].train()).isFalse();
      assertThat(dir.resolve("model.safetensors")).exists();
    }
    try (var trainer = new Trainer(TINY, options(6))) {
      trainer.resume(dir);
      var seen = new ArrayList<Long>();
      var run = new TrainingRun(trainer, TrainerTest::batch, heldOut, dir, p -> seen.add(p.step()));
      assertThat(run.train()).isTrue();
      assertThat(seen).containsExactly(3L, 4L, 5L, 6L);
      assertThat(run.heldOutLoss()).isPositive();
    }
    try (var files = Files.list(dir)) {
      assertThat(files).hasSize(1);
    }
  }

  @Test
  void theRateRisesAndFalls() {
    var options = new TrainingOptions(100, 1, 10, 0, 1, 1, 1);
    assertThat(options.rateAt(1)).isEqualTo(0.1);
    assertThat(options.rateAt(10)).isEqualTo(1);
    assertThat(options.rateAt(55)).isCloseTo(0.515, within(1e-3));
    assertThat(options.rateAt(100)).isCloseTo(0.03, within(1e-9));
  }
}
