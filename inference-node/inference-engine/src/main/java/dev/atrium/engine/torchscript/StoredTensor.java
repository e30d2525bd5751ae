package dev.atrium.engine.torchscript;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;

/**
 * A tensor that goes into an archive. Its bytes are made when they are asked for, so that they need
 * not all be in memory.
 *
 * @param repeated whether one element stands for all, so that only the shape takes part
 * @param bytes the elements, little-endian, last dimension innermost
 */
public record StoredTensor(ElementType type, long[] shape, boolean repeated, Bytes bytes) {
  /** Writes the same bytes whenever it is asked: once to count and sum them, once to keep them. */
  @FunctionalInterface
  public interface Bytes {
    void writeTo(OutputStream out) throws IOException;
  }

  public static StoredTensor of(ElementType type, long[] shape, Bytes bytes) {
    return new StoredTensor(type, shape, false, bytes);
  }

  /** A tensor of zeros that takes the room of one number, in the archive and when it is loaded. */
  public static StoredTensor zeros(ElementType type, long... shape) {
    return new StoredTensor(type, shape, true, out -> out.write(new byte[type.bytes()]));
  }

  long storedElements() {
    return repeated ? 1 : Arrays.stream(shape).reduce(1, Math::multiplyExact);
  }

  long storedBytes() {
    return Math.multiplyExact(storedElements(), type.bytes());
  }

  long[] strides() {
    long[] strides = new long[shape.length];
    long step = 1;
    for (int i = shape.length - 1; i >= 0 && !repeated; i--) {
      strides[i] = step;
      step *= shape[i];
    }
    return strides;
  }
}
