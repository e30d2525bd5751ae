package dev.atrium.hub.crypto;

import dev.atrium.keys.Aes256Gcm;
import java.security.GeneralSecurityException;
import java.util.UUID;

/** One unwrapped data key: seals and opens bytes that belong to a place. Safe for many threads. */
public final class DataKey {

  private final UUID id;
  private final Aes256Gcm key;

  DataKey(UUID id, Aes256Gcm key) {
    this.id = id;
    this.key = key;
  }

  /** What is stored beside the ciphertext. */
  public UUID id() {
    return id;
  }

  /** Encrypts; the result is 29 bytes longer. */
  public byte[] seal(byte[] plain, Aad place) {
    return key.seal(plain, place.bytes());
  }

  /** Decrypts; throws {@link DecryptionException} if it was not sealed by this key for this place. */
  public byte[] open(byte[] sealed, Aad place) {
    try {
      return key.open(sealed, place.bytes());
    } catch (GeneralSecurityException e) {
      throw new DecryptionException(place, e);
    }
  }

  /** The key itself, to be wrapped by a personal key. */
  byte[] bytes() {
    return key.bytes();
  }

  @Override
  public String toString() {
    return "DataKey " + id;
  }
}
