package dev.atrium.engine.kernel;

import jdk.incubator.vector.FloatVector;

/**
 * A layer's part of the cache arena: keys and values of K heads for T places, heads of D numbers.
 * Values lie place by place. Keys lie in blocks of {@link #BLOCK} places, each a matrix of dimensions
 * by places, so that a query's scores for neighbours are computed side by side.
 *
 * <p>Numbers are f32, or whole numbers of 16 bits with a scale for each key and each value: half of
 * what is read, which is what attention waits for, and 15 bits of the largest number of a head, where
 * a half-precision number has 11 of its own.
 *
 * @param address of the first number
 * @param scales address of the scales (2 K, T), keys' before values'; 0 for f32
 * @param places T, a multiple of {@link #BLOCK}
 */
record Slab(long address, long scales, int heads, int places, int dim) {
  /** Places whose keys lie together. */
  static final int BLOCK = 64;

  /** A head of zeros has a scale too. */
  private static final float LEAST_SCALE = 1e-30f;

  boolean scaled() {
    return scales != 0;
  }

  int bytes() {
    return scaled() ? Short.BYTES : Float.BYTES;
  }

  /** A vector of what lies there, without its scale. */
  FloatVector load(long at) {
    return scaled() ? Lanes.loadShorts(at) : Lanes.load(at);
  }

  /** One number of what lies there, without its scale. */
  float get(long at) {
    return scaled() ? Lanes.getShort(at) : Lanes.get(at);
  }

  /** Address of the block with the key of a place. */
  long keyBlock(int head, long place) {
    long first = place - (place % BLOCK);
    return address + ((long) head * places + first) * dim * bytes();
  }

  /** Address of a place's value. */
  long value(int head, long place) {
    return address + ((long) (heads + head) * places + place) * dim * bytes();
  }

  /** Address of the scale of a place's key. */
  long keyScale(int head, long place) {
    return scales + ((long) head * places + place) * Float.BYTES;
  }

  /** Address of the scale of a place's value. */
  long valueScale(int head, long place) {
    return keyScale(heads + head, place);
  }

  /** Writes a key, at an address, to its place. */
  void putKey(int head, long place, long key) {
    long column = keyBlock(head, place) + (place % BLOCK) * bytes();
    put(key, column, (long) BLOCK * bytes(), keyScale(head, place));
  }

  /** Writes a value, at an address, to its place. */
  void putValue(int head, long place, long value) {
    put(value, value(head, place), bytes(), valueScale(head, place));
  }

  private void put(long from, long to, long step, long scaleTo) {
    if (!scaled()) {
      for (int d = 0; d < dim; d++) {
        Lanes.set(to + d * step, Lanes.get(from + (long) d * Lanes.BYTES));
      }
      return;
    }
    float scale = Math.max(LEAST_SCALE, Rows.largest(from, dim) / Short.MAX_VALUE);
    Lanes.set(scaleTo, scale);
    float per = 1 / scale;
    for (int d = 0; d < dim; d++) {
      Lanes.setShort(to + d * step, Lanes.rounded(Lanes.get(from + (long) d * Lanes.BYTES) * per));
    }
  }
}
