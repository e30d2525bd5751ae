package dev.atrium.engine.model;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * How the matrices of a network are held while it runs. On the processor norms and the cache stay in 32
 * bits; on a GPU all is of one type. The errors are those of one product; {@code engine bench --quality} measures what becomes of them.
 */
public enum Precision {
  /** 32-bit floats: the reference, twice the memory of {@link #FP16}. */
  F32,
  /** 16-bit floats packed for the processor, 32-bit activations: relative error about 2e-4. */
  FP16,
  /** 8-bit integers, one scale a row: the fast mode, relative error about 1e-2. */
  INT8,
  /** 16-bit floats with the range of 32, activations and cache too: on GPUs alone. */
  BF16;

  private static final Set<Precision> ON_CPU = EnumSet.of(F32, FP16, INT8);
  private static final Set<Precision> ON_GPU = EnumSet.of(F32, FP16, BF16);

  /** Those that a device knows, in their order. */
  public static Set<Precision> on(Device device) {
    return Collections.unmodifiableSet(device.isGpu() ? ON_GPU : ON_CPU);
  }

  /** The one that is used if nobody says. */
  public static Precision usual(Device device) {
    return device.isGpu() ? BF16 : FP16;
  }

  /** @throws ModelLoadException {@code model_unsupported} if the device does not know it */
  public void requireOn(Device device) {
    if (!on(device).contains(this)) {
      String known = on(device).stream().map(Precision::label).collect(Collectors.joining(", "));
      throw ModelLoadException.unsupported(
        "precision",
        label() + " is not known on " + device.label() + " (there are " + known + ")"
      );
    }
  }

  /** The name used on command lines and in configuration: {@code f32}, {@code fp16}, {@code int8}, {@code bf16}. */
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
      "unknown precision '" + label + "' (there are f32, fp16, int8 and, on a GPU, bf16)"
    );
  }
}
