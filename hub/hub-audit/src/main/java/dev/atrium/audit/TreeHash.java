package dev.atrium.audit;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** Hashes of the Merkle tree of RFC 9162, section 2.1.1, with SHA-256. */
public final class TreeHash {

  /** Bytes of a hash. */
  public static final int BYTES = 32;

  private TreeHash() {}

  /** {@code SHA-256(0x00 || leaf)}; the prefix keeps a leaf from passing for an inner node. */
  public static byte[] leaf(byte[] leaf) {
    MessageDigest sha = sha256();
    sha.update((byte) 0);
    return sha.digest(leaf);
  }

  /** {@code SHA-256(0x01 || left || right)}. */
  public static byte[] node(byte[] left, byte[] right) {
    MessageDigest sha = sha256();
    sha.update((byte) 1);
    sha.update(left);
    return sha.digest(right);
  }

  /** The root of the tree without leaves: {@code SHA-256()}. */
  public static byte[] empty() {
    return sha256().digest();
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
