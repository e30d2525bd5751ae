package dev.atrium.audit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/** Hashes by index, 32 bytes each and no object; a hash that was never set is not known. */
final class HashList {

  private static final int CHUNK = 1 << 12;

  private final List<byte[]> chunks = new ArrayList<>();
  private final BitSet known = new BitSet();

  void set(int index, byte[] hash) {
    while (chunks.size() <= index / CHUNK) {
      chunks.add(null);
    }
    byte[] chunk = chunks.get(index / CHUNK);
    if (chunk == null) {
      chunk = new byte[CHUNK * TreeHash.BYTES];
      chunks.set(index / CHUNK, chunk);
    }
    System.arraycopy(hash, 0, chunk, (index % CHUNK) * TreeHash.BYTES, TreeHash.BYTES);
    known.set(index);
  }

  boolean knows(int index) {
    return known.get(index);
  }

  /** A copy; the index must be known. */
  byte[] get(int index) {
    int at = (index % CHUNK) * TreeHash.BYTES;
    return Arrays.copyOfRange(chunks.get(index / CHUNK), at, at + TreeHash.BYTES);
  }

  boolean is(int index, byte[] hash) {
    int at = (index % CHUNK) * TreeHash.BYTES;
    return (
      knows(index) &&
      Arrays.equals(chunks.get(index / CHUNK), at, at + TreeHash.BYTES, hash, 0, TreeHash.BYTES)
    );
  }

  /** One past the last that is known. */
  int length() {
    return known.length();
  }
}
