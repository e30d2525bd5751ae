package dev.atrium.engine.model;

import java.util.Locale;

/**
 * How the matrices of a network are held while it runs. Norms and the cache stay in 32 bits. The errors
 * are those of one product; {@code engine bench --quality} measures what becomes of them.
 */
public enum Precision {
  /** 32-bit floats: the reference, twice the memory of {@link #FP16}. */
  F32,
  /** 16-bit floats packed for the processor, 32-bit activations: relative error about 2e-4. */
  FP16,
  /** 8-bit integers, one scale a row: the fast mode, relative error about 1e-2. */
  INT8;

  /** The name used on command lines and in configuration: {@code f32}, {@code fp16}, {@code int8}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Reads a {@link #label()}, in any case. */
  public static Precision of(String label) {
    for (Precision p : values()) {
      if (p.name().equalsIgnoreCase(label)) {
        return p;
      }
    }
    throw new IllegalArgumentException(
      "unknown precision '" + label + "' (there are f32, fp16 and int8)"
    );
  }
}
