package dev.atrium.audit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * All that must be known of a Merkle tree (RFC 9162) to append to it and to tell its root: the roots of
 * the perfect subtrees that its size consists of, the largest first, one for each bit that is set in the
 * size. Not safe for several threads.
 */
public final class Frontier {

  private final List<byte[]> peaks = new ArrayList<>();
  private long size;

  /** Of the tree without leaves. */
  public Frontier() {}

  private Frontier(long size, List<byte[]> peaks) {
    this.size = size;
    this.peaks.addAll(peaks);
  }

  /**
   * What {@link #bytes} wrote of a tree of this size. That it belongs to some root is for the caller to
   * check.
   *
   * @throws IllegalArgumentException if its length is not that of such a tree
   */
  public static Frontier of(long size, byte[] bytes) {
    if (size < 0 || bytes.length != Long.bitCount(size) * TreeHash.BYTES) {
      throw new IllegalArgumentException(
        bytes.length + " bytes are no frontier of a tree of " + size
      );
    }
    List<byte[]> peaks = new ArrayList<>();
    for (int i = 0; i < bytes.length; i += TreeHash.BYTES) {
      peaks.add(Arrays.copyOfRange(bytes, i, i + TreeHash.BYTES));
    }
    return new Frontier(size, peaks);
  }

  /** Another one, with a life of its own. */
  public Frontier copy() {
    return new Frontier(size, peaks);
  }

  /** How many leaves the tree has. */
  public long size() {
    return size;
  }

  /** Appends the hash of a leaf; about two hashes each on average. */
  public void append(byte[] leafHash) {
    byte[] node = leafHash;
    for (long rest = size; (rest & 1) == 1; rest >>= 1) {
      node = TreeHash.node(peaks.removeLast(), node);
    }
    peaks.add(node);
    size++;
  }

  /** The root of the tree as it is now. */
  public byte[] root() {
    if (peaks.isEmpty()) {
      return TreeHash.empty();
    }
    byte[] root = peaks.getLast();
    for (int i = peaks.size() - 2; i >= 0; i--) {
      root = TreeHash.node(peaks.get(i), root);
    }
    return root;
  }

  /** The hashes one after the other, for {@link #of}. */
  public byte[] bytes() {
    byte[] bytes = new byte[peaks.size() * TreeHash.BYTES];
    for (int i = 0; i < peaks.size(); i++) {
      System.arraycopy(peaks.get(i), 0, bytes, i * TreeHash.BYTES, TreeHash.BYTES);
    }
    return bytes;
  }
}
