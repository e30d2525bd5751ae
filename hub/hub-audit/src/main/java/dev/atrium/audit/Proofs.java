package dev.atrium.audit;

import java.util.Arrays;
import java.util.Iterator;
import java.util.List;

/** Checks proofs of a Merkle tree without the tree (RFC 9162). */
public final class Proofs {

  private Proofs() {}

  /** Whether a leaf stands at this index of the tree with this size and root (RFC 9162, 2.1.3.2). */
  public static boolean inclusion(
    byte[] leafHash,
    long index,
    long size,
    List<byte[]> path,
    byte[] root
  ) {
    if (index < 0 || index >= size) {
      return false;
    }
    long at = index;
    long last = size - 1;
    byte[] node = leafHash;
    for (byte[] next : path) {
      if (last == 0) {
        return false;
      }
      if ((at & 1) == 1 || at == last) {
        node = TreeHash.node(next, node);
        while ((at & 1) == 0 && at != 0) {
          at >>= 1;
          last >>= 1;
        }
      } else {
        node = TreeHash.node(node, next);
      }
      at >>= 1;
      last >>= 1;
    }
    return last == 0 && Arrays.equals(node, root);
  }

  /** Whether the older tree is the beginning of the newer one (RFC 9162, 2.1.4.2). */
  public static boolean consistency(
    long older,
    byte[] olderRoot,
    long newer,
    byte[] newerRoot,
    List<byte[]> path
  ) {
    if (older < 1 || older > newer) {
      return false;
    }
    if (older == newer) {
      return path.isEmpty() && Arrays.equals(olderRoot, newerRoot);
    }
    Iterator<byte[]> rest = path.iterator();
    // A tree of a power of two is a node of the newer one, and the proof leaves it out.
    boolean known = Long.bitCount(older) == 1;
    if (!known && !rest.hasNext()) {
      return false;
    }
    long at = older - 1;
    long last = newer - 1;
    while ((at & 1) == 1) {
      at >>= 1;
      last >>= 1;
    }
    byte[] oldNode = known ? olderRoot : rest.next();
    byte[] newNode = oldNode;
    while (rest.hasNext()) {
      byte[] next = rest.next();
      if (last == 0) {
        return false;
      }
      if ((at & 1) == 1 || at == last) {
        oldNode = TreeHash.node(next, oldNode);
        newNode = TreeHash.node(next, newNode);
        while ((at & 1) == 0 && at != 0) {
          at >>= 1;
          last >>= 1;
        }
      } else {
        newNode = TreeHash.node(newNode, next);
      }
      at >>= 1;
      last >>= 1;
    }
    return last == 0 && Arrays.equals(oldNode, olderRoot) && Arrays.equals(newNode, newerRoot);
  }
}
