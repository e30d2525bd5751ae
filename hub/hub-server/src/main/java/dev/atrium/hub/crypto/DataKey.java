package dev.atrium.hub.crypto;

import java.util.UUID;
import javax.crypto.spec.SecretKeySpec;

/** One unwrapped data key: seals and opens bytes that belong to a place. Safe for many threads. */
public final class DataKey {

  private final UUID id;
  private final SecretKeySpec key;

  DataKey(UUID id, byte[] key) {
    this.id = id;
    this.key = new SecretKeySpec(key, "AES");
  }

  /** What is stored beside the ciphertext. */
  public UUID id() {
    return id;
  }

  /** Encrypts; the result is 29 bytes longer. */
  public byte[] seal(byte[] plain, Aad place) {
    return AesGcm.seal(key, plain, place);
  }

  /** Decrypts; throws {@link DecryptionException} if it was not sealed by this key for this place. */
  public byte[] open(byte[] sealed, Aad place) {
    return AesGcm.open(key, sealed, place);
  }

  @Override
  public String toString() {
    return "DataKey " + id;
  }
}
