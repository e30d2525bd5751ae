package dev.atrium.engine.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import dev.atrium.engine.torchscript.ScriptModule;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/**
 * Logits that were asked for, on the host. All rows of a step come at once, into memory that the device
 * writes by itself: whoever looks at one row mostly does at all, and by DJL each row would take as long
 * as a hundred of them do. Answers need none of it ({@link DeviceDraws}).
 */
final class HostLogits {

  /** Above it rows are fetched one by one: such memory is nobody else's. */
  private static final long MOST_NUMBERS = 64L << 20;

  private final ScriptModule module;
  private final int vocab;
  private NDManager manager;
  private PtNDArray rows;
  private FloatBuffer numbers;
  private int capacity;
  private NDArray present;

  HostLogits(ScriptModule module, int vocab) {
    this.module = module;
    this.vocab = vocab;
  }

  /** Another step has been made, perhaps into the same tensor. */
  void forget() {
    present = null;
  }

  /**
   * Copies one row.
   *
   * @param count how many rows of {@code logits} count
   */
  void read(NDArray logits, int count, int row, float[] target) {
    if ((long) count * vocab > MOST_NUMBERS) {
      try (NDArray one = logits.get(row)) {
        System.arraycopy(one.toFloatArray(), 0, target, 0, vocab);
      }
      return;
    }
    if (present != logits) {
      fetch(logits, count);
    }
    numbers.get(row * vocab, target, 0, vocab);
  }

  private void fetch(NDArray logits, int count) {
    if (count > capacity) {
      if (manager != null) {
        manager.close();
      }
      manager = module.manager().newSubManager();
      capacity = Integer.highestOneBit(2 * count - 1);
      rows = (PtNDArray) module.tensors(manager, "rows", capacity)[0];
      numbers = rows.toByteBuffer(true).order(ByteOrder.nativeOrder()).asFloatBuffer();
    }
    module.run("fetch", (PtNDArray) logits, rows, count);
    present = logits;
  }
}
