package dev.atrium.engine.export;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import dev.atrium.engine.model.Device;
import dev.atrium.engine.model.Span;
import dev.atrium.engine.torchscript.ScriptModule;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** An exported program at work: what gpu-check does in Python, in Java. */
final class Step implements AutoCloseable {

  private final ScriptModule module;

  Step(Path file, int cacheTokens) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      module = ScriptModule.load(in, "step", Device.CPU);
    }
    module.run("open", cacheTokens);
  }

  /** The logits after each span. */
  float[][] run(Span... spans) {
    try (NDManager manager = module.manager().newSubManager()) {
      NDArray logits = new Batch(manager, spans).step()[0];
      float[] flat = logits.toFloatArray();
      float[][] rows = new float[spans.length][];
      int width = flat.length / spans.length;
      for (int i = 0; i < rows.length; i++) {
        rows[i] = Arrays.copyOfRange(flat, i * width, (i + 1) * width);
      }
      return rows;
    }
  }

  /** Answers a prompt; ids are read, and never written, by the host. */
  int[] greedy(int[] prompt, int start, int tokens) {
    try (NDManager manager = module.manager().newSubManager()) {
      List<Integer> answer = new ArrayList<>();
      NDArray id = new Batch(manager, new Span(prompt, 0, start, 0, true)).step()[1];
      answer.add((int) id.getLong(0));
      // Whatever the first id is, `advance` puts the right one there.
      Batch next = new Batch(manager, new Span(new int[1], prompt.length - 1, start, 0, true));
      while (answer.size() < tokens) {
        module.run("advance", next.fields, next.ranges, (PtNDArray) id);
        id = next.step()[1];
        answer.add((int) id.getLong(0));
      }
      return answer.stream().mapToInt(Integer::intValue).toArray();
    }
  }

  void copy(int source, int target, int tokens) {
    module.run("copy", source, target, tokens);
  }

  @Override
  public void close() {
    module.close();
  }

  /** The few integers of a step. */
  private final class Batch {

    private final NDManager manager;
    private final PtNDArray fields;
    private final PtNDArray ranges;
    private final PtNDArray wanted;

    Batch(NDManager manager, Span... spans) {
      this.manager = manager;
      int rows = Arrays.stream(spans)
        .mapToInt(span -> span.tokens().length)
        .sum();
      int columns = spans.length + 1;
      long[] field = new long[3 * rows];
      int[] range = new int[3 * columns];
      long[] last = new long[spans.length];
      int row = 0;
      for (int j = 0; j < spans.length; j++) {
        Span span = spans[j];
        range[columns + j] = span.cacheStart();
        range[2 * columns + j] = span.position() + span.tokens().length;
        for (int i = 0; i < span.tokens().length; i++, row++) {
          field[row] = span.tokens()[i];
          field[rows + row] = span.position() + i;
          field[2 * rows + row] = span.cacheStart() + span.position() + i;
        }
        range[j + 1] = row;
        last[j] = row - 1;
      }
      fields = (PtNDArray) manager.create(field, new Shape(3, rows));
      ranges = (PtNDArray) manager.create(range, new Shape(3, columns));
      wanted = (PtNDArray) manager.create(last);
      assert ranges.getDataType() == DataType.INT32;
    }

    NDArray[] step() {
      // Bounds for flash attention only, which is not here.
      return module.tensors(manager, "step", fields, ranges, wanted, 1, 1);
    }
  }
}
