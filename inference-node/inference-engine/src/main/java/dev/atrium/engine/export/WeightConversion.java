package dev.atrium.engine.export;

import dev.atrium.engine.model.ModelLoadException;
import dev.atrium.engine.safetensors.Weight;
import dev.atrium.engine.safetensors.WeightType;
import dev.atrium.engine.torchscript.ElementType;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Writes the numbers of weights in another type, a piece at a time; in their own they are copied as
 * they are. Rounds to the nearest, and to even between two.
 */
final class WeightConversion {

  private static final int PIECE = 1 << 18;

  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(
    ByteOrder.LITTLE_ENDIAN
  );
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(
    ByteOrder.LITTLE_ENDIAN
  );

  private final ElementType target;

  WeightConversion(ElementType target) {
    this.target = target;
  }

  /**
   * @throws ModelLoadException if the weight's type is unknown, or a number of it is too large for
   *     the target
   */
  void write(Weight weight, OutputStream out) throws IOException {
    MemorySegment bytes = weight.bytes();
    long elements = bytes.byteSize() / weight.type().bytes();
    byte[] piece = new byte[PIECE * target.bytes()];
    for (long at = 0; at < elements; at += PIECE) {
      int n = (int) Math.min(PIECE, elements - at);
      if (weight.type() == type(target)) {
        MemorySegment.copy(
          bytes,
          at * target.bytes(),
          MemorySegment.ofArray(piece),
          0,
          (long) n * target.bytes()
        );
      } else {
        convert(weight, at, n, MemorySegment.ofArray(piece));
      }
      out.write(piece, 0, n * target.bytes());
    }
  }

  private void convert(Weight weight, long at, int n, MemorySegment piece) {
    for (int i = 0; i < n; i++) {
      float value = weight.value(at + i);
      switch (target) {
        case F32 -> piece.set(INT, 4L * i, Float.floatToRawIntBits(value));
        case BF16 -> piece.set(SHORT, 2L * i, bf16(value));
        case F16 -> {
          short half = Float.floatToFloat16(value);
          if (Float.isInfinite(Float.float16ToFloat(half)) && !Float.isInfinite(value)) {
            throw ModelLoadException.unsupported(weight.name(), value + ", too large for fp16");
          }
          piece.set(SHORT, 2L * i, half);
        }
      }
    }
  }

  /** The upper half of a float, rounded; what is no number stays none. */
  private static short bf16(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) ((bits >>> 16) | 0x40);
    }
    return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
  }

  private static WeightType type(ElementType type) {
    return switch (type) {
      case F32 -> WeightType.F32;
      case F16 -> WeightType.F16;
      case BF16 -> WeightType.BF16;
    };
  }
}
