package dev.atrium.audit;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * A public key that checks checkpoints (Ed25519, RFC 8032). Its id follows from the key and the origin as
 * C2SP's <i>signed-note</i> says, so that a key can't be given another's id.
 */
public final class CheckpointKey {

  /** The bytes before the 32 of the key in its X.509 form (RFC 8410). */
  private static final byte[] PREFIX = HexFormat.of().parseHex("302a300506032b6570032100");

  private final String origin;
  private final String id;
  private final byte[] spki;
  private final PublicKey key;

  private CheckpointKey(String origin, String id, byte[] spki, PublicKey key) {
    this.origin = origin;
    this.id = id;
    this.spki = spki;
    this.key = key;
  }

  /**
   * A key of a log.
   *
   * @param spki its X.509 form
   * @throws IllegalArgumentException if that is no Ed25519 key
   */
  public static CheckpointKey of(String origin, byte[] spki) {
    if (spki.length != PREFIX.length + 32 || Arrays.mismatch(spki, PREFIX) < PREFIX.length) {
      throw new IllegalArgumentException("not an Ed25519 key");
    }
    try {
      PublicKey key = KeyFactory.getInstance("Ed25519").generatePublic(
        new X509EncodedKeySpec(spki)
      );
      return new CheckpointKey(origin, id(origin, spki), spki.clone(), key);
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("not an Ed25519 key", e);
    }
  }

  private static String id(String origin, byte[] spki) {
    MessageDigest sha = TreeHash.sha256();
    sha.update(origin.getBytes(StandardCharsets.UTF_8));
    sha.update(new byte[] { '\n', 1 });
    sha.update(spki, PREFIX.length, 32);
    return HexFormat.of().formatHex(sha.digest(), 0, 4);
  }

  /** The log that it belongs to. */
  public String origin() {
    return origin;
  }

  /** Eight hex digits. */
  public String id() {
    return id;
  }

  /** The X.509 form. */
  public byte[] spki() {
    return spki.clone();
  }

  /** Whether this key signed that. */
  public boolean verifies(SignedCheckpoint signed) {
    return verifies(signed.checkpoint().text(), signed.keyId(), signed.signature());
  }

  /** Whether this key signed that. */
  public boolean verifies(SignedNote signed) {
    return (
      signed.origin().equals(origin) && verifies(signed.text(), signed.keyId(), signed.signature())
    );
  }

  private boolean verifies(String text, String keyId, String signature) {
    if (!keyId.equals(id)) {
      return false;
    }
    try {
      Signature ed = Signature.getInstance("Ed25519");
      ed.initVerify(key);
      ed.update(text.getBytes(StandardCharsets.UTF_8));
      return ed.verify(HexFormat.of().parseHex(signature));
    } catch (GeneralSecurityException e) {
      return false;
    }
  }
}
