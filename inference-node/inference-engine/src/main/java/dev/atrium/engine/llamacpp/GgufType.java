package dev.atrium.engine.llamacpp;

import java.nio.ByteBuffer;

/** How numbers lie in a GGUF file; the code is that of ggml's {@code ggml_type}. */
public enum GgufType {
  F32(0, 1, 4),
  F16(1, 1, 2),
  /** Blocks of 32 signed bytes, with one scale in half precision before each. */
  Q8_0(8, 32, 34);

  private final int code;
  private final int block;
  private final int blockBytes;

  GgufType(int code, int block, int blockBytes) {
    this.code = code;
    this.block = block;
    this.blockBytes = blockBytes;
  }

  int code() {
    return code;
  }

  /**
   * Bytes of so many numbers that lie one after another.
   *
   * @throws IllegalArgumentException if they are no whole number of blocks
   */
  long bytes(long numbers) {
    if (numbers % block != 0) {
      throw new IllegalArgumentException(
        name() + " wants rows of a multiple of " + block + " numbers, not " + numbers
      );
    }
    return (numbers / block) * blockBytes;
  }

  /** Writes numbers, a whole number of blocks, into a little-endian buffer. */
  void put(float[] numbers, ByteBuffer out) {
    for (int at = 0; at < numbers.length; at += block) {
      switch (this) {
        case F32 -> out.putFloat(numbers[at]);
        case F16 -> out.putShort(Float.floatToFloat16(numbers[at]));
        case Q8_0 -> putBlock(numbers, at, out);
      }
    }
  }

  private void putBlock(float[] numbers, int at, ByteBuffer out) {
    float most = 0;
    for (int i = at; i < at + block; i++) {
      most = Math.max(most, Math.abs(numbers[i]));
    }
    float scale = most / 127;
    out.putShort(Float.floatToFloat16(scale));
    for (int i = at; i < at + block; i++) {
      out.put((byte) (scale == 0 ? 0 : Math.round(numbers[i] / scale)));
    }
  }
}
