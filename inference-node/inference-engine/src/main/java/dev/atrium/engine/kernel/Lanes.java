package dev.atrium.engine.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Vectors of f32 as wide as the processor has them, in libtorch's memory, which is addressed as it is
 * there: nothing checks an address.
 */
final class Lanes {

  static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED.length() > 16
    ? FloatVector.SPECIES_512
    : FloatVector.SPECIES_PREFERRED;
  static final int N = SPECIES.length();
  static final int BYTES = Float.BYTES;

  private static final VectorSpecies<Short> SHORTS = VectorSpecies.of(
    short.class,
    VectorShape.forBitSize(N * Short.SIZE)
  );
  private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  private static final VectorShuffle<Float> BY_8 = rotation(8);
  private static final VectorShuffle<Float> BY_4 = rotation(4);
  private static final VectorShuffle<Float> BY_2 = rotation(2);
  private static final VectorShuffle<Float> BY_1 = rotation(1);

  /** 1.5 times 2^23: added to a small number it leaves that number's integer in the lowest bits. */
  private static final float INTEGERS = 0x1.8p23f;
  private static final float LOG2_E = 1.44269504f;
  /** The natural logarithm of 2 in two parts, whose first has so few digits that products are exact. */
  private static final float LN2_HIGH = 0x1.62ep-1f;
  private static final float LN2_LOW = (float) (Math.log(2) - 0x1.62ep-1);
  private static final float LEAST_EXPONENT = -87;
  private static final float MOST_EXPONENT = 88;
  private static final int MANTISSA_BITS = 23;

  // Objects, because broadcasting in place is more code than the compiler is willing to take in.
  private static final FloatVector LEAST_EXPONENTS = all(LEAST_EXPONENT);
  private static final FloatVector MOST_EXPONENTS = all(MOST_EXPONENT);
  private static final FloatVector LOG2_ES = all(LOG2_E);
  private static final FloatVector ALL_INTEGERS = all(INTEGERS);
  private static final FloatVector LN2_HIGHS = all(-LN2_HIGH);
  private static final FloatVector LN2_LOWS = all(-LN2_LOW);
  private static final FloatVector ONES = all(1);
  private static final FloatVector TERM_2 = all(1 / 2f);
  private static final FloatVector TERM_3 = all(1 / 6f);
  private static final FloatVector TERM_4 = all(1 / 24f);
  private static final FloatVector TERM_5 = all(1 / 120f);
  private static final FloatVector TERM_6 = all(1 / 720f);
  private static final FloatVector TERM_7 = all(1 / 5040f);

  private Lanes() {}

  private static VectorShuffle<Float> rotation(int by) {
    return VectorShuffle.iota(SPECIES, by % N, 1, true);
  }

  static long longAt(long address, int index) {
    return getLong(address + (long) index * Long.BYTES);
  }

  static float get(long address) {
    return MEMORY.get(JAVA_FLOAT_UNALIGNED, address);
  }

  /** The whole number next to one of less than 2^22. */
  static short rounded(float value) {
    return (short) (value + INTEGERS - INTEGERS);
  }

  static short getShort(long address) {
    return MEMORY.get(JAVA_SHORT_UNALIGNED, address);
  }

  static void setShort(long address, short value) {
    MEMORY.set(JAVA_SHORT_UNALIGNED, address, value);
  }

  static void set(long address, float value) {
    MEMORY.set(JAVA_FLOAT_UNALIGNED, address, value);
  }

  static long getLong(long address) {
    return MEMORY.get(JAVA_LONG_UNALIGNED, address);
  }

  static void setLong(long address, long value) {
    MEMORY.set(JAVA_LONG_UNALIGNED, address, value);
  }

  static FloatVector load(long address) {
    return FloatVector.fromMemorySegment(SPECIES, MEMORY, address, ORDER);
  }

  static void copy(long from, float[] to, int count) {
    int i = 0;
    for (; i <= count - N; i += N) {
      load(from + (long) i * BYTES).intoArray(to, i);
    }
    for (; i < count; i++) {
      to[i] = get(from + (long) i * BYTES);
    }
  }

  static FloatVector of(float[] array, int from) {
    return FloatVector.fromArray(SPECIES, array, from);
  }

  /** Whole numbers of 16 bits, as many as there are lanes. */
  static FloatVector loadShorts(long address) {
    return (FloatVector) ShortVector.fromMemorySegment(SHORTS, MEMORY, address, ORDER).convertShape(
      VectorOperators.S2F,
      SPECIES,
      0
    );
  }

  static void store(FloatVector vector, long address) {
    vector.intoMemorySegment(MEMORY, address, ORDER);
  }

  /** Where a loop begins: made anew, since a constant would be an object, and so would what becomes of it. */
  static FloatVector zero() {
    return FloatVector.zero(SPECIES);
  }

  static FloatVector all(float value) {
    return FloatVector.broadcast(SPECIES, value);
  }

  /** The sum of all lanes, in an order of our own: that of the Vector API is left open. */
  static float sum(FloatVector vector) {
    FloatVector v = vector;
    if (N >= 16) {
      v = v.add(v.rearrange(BY_8));
    }
    if (N >= 8) {
      v = v.add(v.rearrange(BY_4));
    }
    if (N >= 4) {
      v = v.add(v.rearrange(BY_2));
    }
    return v.add(v.rearrange(BY_1)).lane(0);
  }

  static float max(FloatVector vector) {
    return vector.reduceLanes(VectorOperators.MAX);
  }

  /**
   * e to the power of x, to two units of the last place; as if x were -87 below it and 88 above. With
   * x = n ln 2 + r a polynomial gives e to the power of r (Taylor, degree 7, r at most ln 2 / 2), and n
   * is added to its exponent.
   */
  static FloatVector exp(FloatVector x) {
    FloatVector bounded = x.max(LEAST_EXPONENTS).min(MOST_EXPONENTS);
    FloatVector t = bounded.fma(LOG2_ES, ALL_INTEGERS);
    FloatVector n = t.sub(ALL_INTEGERS);
    FloatVector r = n.fma(LN2_LOWS, n.fma(LN2_HIGHS, bounded));
    FloatVector p = r.fma(TERM_7, TERM_6);
    p = p.fma(r, TERM_5);
    p = p.fma(r, TERM_4);
    p = p.fma(r, TERM_3);
    p = p.fma(r, TERM_2);
    p = p.fma(r, ONES);
    p = p.fma(r, ONES);
    return p
      .reinterpretAsInts()
      .add(t.reinterpretAsInts().lanewise(VectorOperators.LSHL, MANTISSA_BITS))
      .reinterpretAsFloats();
  }

  /** The same of one number. */
  static float exp(float x) {
    float bounded = Math.min(MOST_EXPONENT, Math.max(LEAST_EXPONENT, x));
    float t = Math.fma(bounded, LOG2_E, INTEGERS);
    float n = t - INTEGERS;
    float r = Math.fma(n, -LN2_LOW, Math.fma(n, -LN2_HIGH, bounded));
    float p = Math.fma(r, 1 / 5040f, 1 / 720f);
    p = Math.fma(p, r, 1 / 120f);
    p = Math.fma(p, r, 1 / 24f);
    p = Math.fma(p, r, 1 / 6f);
    p = Math.fma(p, r, 0.5f);
    p = Math.fma(p, r, 1);
    p = Math.fma(p, r, 1);
    int bits = Float.floatToRawIntBits(p) + (Float.floatToRawIntBits(t) << MANTISSA_BITS);
    return Float.intBitsToFloat(bits);
  }
}
