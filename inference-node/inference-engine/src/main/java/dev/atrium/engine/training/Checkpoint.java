package dev.atrium.engine.training;

import ai.djl.pytorch.engine.PtNDArray;
import dev.atrium.engine.safetensors.SafetensorsDirectory;
import dev.atrium.engine.safetensors.SafetensorsWriter;
import dev.atrium.engine.safetensors.Weight;
import dev.atrium.engine.safetensors.WeightSource;
import dev.atrium.engine.safetensors.WeightType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * Weights, moments and counters of a training in one safetensors file, so that they can't be of
 * different steps. The position of the random generator is the step (see {@link BatchSource}).
 */
final class Checkpoint {

  static final String FILE = "model.safetensors";
  private static final List<String> PARTS = List.of("weight", "first", "second");
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(
    ByteOrder.LITTLE_ENDIAN
  );
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(
    ByteOrder.LITTLE_ENDIAN
  );

  /** Where the training is: steps taken, steps in all, and the seed. */
  record State(long step, long steps, long seed) {}

  private Checkpoint() {}

  static void write(Path directory, State state, List<List<PtNDArray>> parts) throws IOException {
    var all = new ArrayList<Weight>();
    var counters = MemorySegment.ofArray(new byte[3 * Long.BYTES]);
    counters.set(LONG, 0, state.step);
    counters.set(LONG, 8, state.steps);
    counters.set(LONG, 16, state.seed);
    all.add(new Weight("state", WeightType.I64, new long[] { 3 }, counters));
    for (int p = 0; p < parts.size(); p++) {
      for (int i = 0; i < parts.get(p).size(); i++) {
        all.add(weight(PARTS.get(p) + "." + i, parts.get(p).get(i)));
      }
    }
    Files.createDirectories(directory);
    SafetensorsWriter.write(directory.resolve(FILE), all);
  }

  private static Weight weight(String name, PtNDArray tensor) {
    var values = Trainer.floats(tensor);
    var bytes = MemorySegment.ofArray(new byte[Float.BYTES * values.length]);
    MemorySegment.copy(values, 0, bytes, FLOAT, 0, values.length);
    return new Weight(name, WeightType.F32, tensor.getShape().getShape(), bytes);
  }

  /** Fills the parts and returns the step. */
  static long read(
    Path directory,
    State expected,
    List<List<PtNDArray>> parts,
    BiConsumer<PtNDArray, float[]> fill
  ) {
    try (WeightSource source = SafetensorsDirectory.open(directory)) {
      var counters = source.weight("state", 3).bytes();
      var found = new State(counters.get(LONG, 0), counters.get(LONG, 8), counters.get(LONG, 16));
      if (found.steps != expected.steps || found.seed != expected.seed) {
        throw new IllegalArgumentException(
          "the checkpoint belongs to a training of %d steps with seed %d".formatted(
            found.steps,
            found.seed
          )
        );
      }
      for (int p = 0; p < parts.size(); p++) {
        for (int i = 0; i < parts.get(p).size(); i++) {
          var target = parts.get(p).get(i);
          var weight = source.weight(PARTS.get(p) + "." + i, target.getShape().getShape());
          fill.accept(target, weight.bytes().toArray(FLOAT));
        }
      }
      return found.step;
    }
  }

  /** The schedule's length of a checkpoint, for a training that resumes it. */
  static State state(Path directory) {
    try (WeightSource source = SafetensorsDirectory.open(directory)) {
      var counters = source.weight("state", 3).bytes();
      return new State(counters.get(LONG, 0), counters.get(LONG, 8), counters.get(LONG, 16));
    }
  }
}
