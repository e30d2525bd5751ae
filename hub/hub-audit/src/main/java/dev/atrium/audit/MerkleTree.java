package dev.atrium.audit;

import java.util.ArrayList;
import java.util.List;

/**
 * The Merkle tree of RFC 9162 over leaves whose hashes can be looked up: its roots and proofs at every
 * size that it once had. Nothing of it is kept, so a proof costs a hash for nearly each of its leaves.
 */
public final class MerkleTree {

  /** Where the hashes of the leaves are. */
  public interface Leaves {
    /** How many there are. */
    long size();

    /** The hash of one of them; the first is 0. */
    byte[] hash(long index);
  }

  private final Leaves leaves;

  public MerkleTree(Leaves leaves) {
    this.leaves = leaves;
  }

  /** The root of the first {@code size} leaves. */
  public byte[] root(long size) {
    requireSize(size);
    return subtree(0, size);
  }

  /**
   * The audit path of a leaf in the tree of the first {@code size} leaves (RFC 9162, 2.1.3.1), from the
   * leaf upwards; {@link Proofs#inclusion} checks it.
   */
  public List<byte[]> inclusionProof(long index, long size) {
    requireSize(size);
    if (index < 0 || index >= size) {
      throw new IllegalArgumentException("there is no leaf " + index + " in a tree of " + size);
    }
    List<byte[]> path = new ArrayList<>();
    include(index, 0, size, path);
    return path;
  }

  private void include(long index, long from, long to, List<byte[]> path) {
    if (to - from == 1) {
      return;
    }
    long middle = from + split(to - from);
    if (index < middle) {
      include(index, from, middle, path);
      path.add(subtree(middle, to));
    } else {
      include(index, middle, to, path);
      path.add(subtree(from, middle));
    }
  }

  /**
   * The proof that the tree of the first {@code older} leaves is the beginning of that of the first
   * {@code newer} (RFC 9162, 2.1.4.1); {@link Proofs#consistency} checks it. Empty if both are the same.
   */
  public List<byte[]> consistencyProof(long older, long newer) {
    requireSize(newer);
    if (older < 1 || older > newer) {
      throw new IllegalArgumentException(
        "no proof leads from a tree of " + older + " to one of " + newer
      );
    }
    List<byte[]> path = new ArrayList<>();
    consist(older, 0, newer, true, path);
    return path;
  }

  /** SUBPROOF of the RFC: {@code whole} while the older tree is a subtree that its verifier knows. */
  private void consist(long older, long from, long to, boolean whole, List<byte[]> path) {
    if (older == to) {
      if (!whole) {
        path.add(subtree(from, to));
      }
      return;
    }
    long middle = from + split(to - from);
    if (older <= middle) {
      consist(older, from, middle, whole, path);
      path.add(subtree(middle, to));
    } else {
      consist(older, middle, to, false, path);
      path.add(subtree(from, middle));
    }
  }

  private byte[] subtree(long from, long to) {
    Frontier frontier = new Frontier();
    for (long i = from; i < to; i++) {
      frontier.append(leaves.hash(i));
    }
    return frontier.root();
  }

  /** The largest power of two that is less than {@code n}. */
  private static long split(long n) {
    return Long.highestOneBit(n - 1);
  }

  private void requireSize(long size) {
    if (size < 0 || size > leaves.size()) {
      throw new IllegalArgumentException("the tree has " + leaves.size() + " leaves, not " + size);
    }
  }
}
