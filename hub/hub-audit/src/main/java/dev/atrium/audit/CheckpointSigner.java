package dev.atrium.audit;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.HexFormat;

/** Signs checkpoints of one log with one Ed25519 key. */
public final class CheckpointSigner {

  private final PrivateKey secret;
  private final CheckpointKey key;

  private CheckpointSigner(PrivateKey secret, CheckpointKey key) {
    this.secret = secret;
    this.key = key;
  }

  /** With a key that is made now. */
  public static CheckpointSigner create(String origin) {
    try {
      KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
      return new CheckpointSigner(
        pair.getPrivate(),
        CheckpointKey.of(origin, pair.getPublic().getEncoded())
      );
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has Ed25519", e);
    }
  }

  /**
   * With a key that was kept.
   *
   * @throws IllegalArgumentException if that is no Ed25519 key
   */
  public static CheckpointSigner of(byte[] pkcs8, CheckpointKey key) {
    try {
      return new CheckpointSigner(
        KeyFactory.getInstance("Ed25519").generatePrivate(new PKCS8EncodedKeySpec(pkcs8)),
        key
      );
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("not an Ed25519 key", e);
    }
  }

  /** The log whose checkpoints it signs. */
  public String origin() {
    return key.origin();
  }

  /** The public half. */
  public CheckpointKey key() {
    return key;
  }

  /** The secret half, to be wrapped and kept. */
  public byte[] pkcs8() {
    return secret.getEncoded();
  }

  /** Signs. */
  public SignedCheckpoint sign(Checkpoint checkpoint) {
    return new SignedCheckpoint(checkpoint, key.id(), signature(checkpoint.text()));
  }

  /** Signs another text, which begins like no checkpoint and ends with a line break. */
  public SignedNote sign(String text) {
    return new SignedNote(text, origin(), key.id(), signature(text));
  }

  private String signature(String text) {
    try {
      Signature ed = Signature.getInstance("Ed25519");
      ed.initSign(secret);
      ed.update(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(ed.sign());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Ed25519 can't sign", e);
    }
  }

  @Override
  public String toString() {
    return "CheckpointSigner " + key.id();
  }
}
