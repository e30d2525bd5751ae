package dev.atrium.audit;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** Hashes of the Merkle tree of RFC 9162, section 2.1.1, with SHA-256. */
public final class LeafHash {

  private LeafHash() {}

  /** {@code SHA-256(0x00 || leaf)}; the prefix keeps a leaf from passing for an inner node. */
  public static byte[] of(byte[] leaf) {
    try {
      var sha = MessageDigest.getInstance("SHA-256");
      sha.update((byte) 0);
      return sha.digest(leaf);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
