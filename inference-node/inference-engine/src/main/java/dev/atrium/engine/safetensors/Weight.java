package dev.atrium.engine.safetensors;

import dev.atrium.engine.model.ModelLoadException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * One tensor's raw bytes, little-endian, last dimension innermost.
 *
 * @param bytes valid as long as its source is open
 */
public record Weight(String name, WeightType type, long[] shape, MemorySegment bytes) {
  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(
    ByteOrder.LITTLE_ENDIAN
  );
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(
    ByteOrder.LITTLE_ENDIAN
  );

  /**
   * The i-th number, whatever the dimensions.
   *
   * @throws ModelLoadException if the type can't be a weight's
   */
  public float value(long i) {
    return switch (type) {
      case F32 -> Float.intBitsToFloat(bytes.get(INT, 4 * i));
      case F16 -> Float.float16ToFloat(bytes.get(SHORT, 2 * i));
      case BF16 -> Float.intBitsToFloat(bytes.get(SHORT, 2 * i) << 16);
      default -> throw ModelLoadException.unsupported(
        name,
        "weights of type " + type + " (there are F32, F16 and BF16)"
      );
    };
  }
}
