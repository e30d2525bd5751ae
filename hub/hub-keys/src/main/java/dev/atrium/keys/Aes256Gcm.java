package dev.atrium.keys;

import com.google.crypto.tink.AccessesPartialKey;
import com.google.crypto.tink.Aead;
import com.google.crypto.tink.InsecureSecretKeyAccess;
import com.google.crypto.tink.aead.AesGcmKey;
import com.google.crypto.tink.aead.AesGcmParameters;
import com.google.crypto.tink.subtle.AesGcmJce;
import com.google.crypto.tink.util.SecretBytes;
import java.security.GeneralSecurityException;
import java.util.Arrays;

/**
 * One key of AES-256-GCM (NIST SP 800-38D), by Tink: random nonces of 96 bits, a tag of 128 bits. What it
 * seals is one format byte and Tink's raw ciphertext (nonce, ciphertext, tag), 29 bytes more than the
 * plaintext. Random nonces are sound for 2^32 messages under one key. Safe for many threads.
 */
public final class Aes256Gcm {

  /** Length of a key. */
  public static final int KEY_BYTES = 32;

  static final AesGcmParameters PARAMETERS = parameters();
  private static final byte FORMAT = 1;

  private final AesGcmKey key;
  private final Aead aead;

  private Aes256Gcm(AesGcmKey key) {
    try {
      this.key = key;
      this.aead = AesGcmJce.create(key);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("AES-GCM is not to be had", e);
    }
  }

  private static AesGcmParameters parameters() {
    try {
      return AesGcmParameters.builder()
        .setKeySizeBytes(KEY_BYTES)
        .setIvSizeBytes(12)
        .setTagSizeBytes(16)
        .setVariant(AesGcmParameters.Variant.NO_PREFIX)
        .build();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  @AccessesPartialKey
  private static Aes256Gcm of(SecretBytes bytes) {
    try {
      return of(AesGcmKey.builder().setParameters(PARAMETERS).setKeyBytes(bytes).build());
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("a key has " + KEY_BYTES + " bytes", e);
    }
  }

  static Aes256Gcm of(AesGcmKey key) {
    return new Aes256Gcm(key);
  }

  /** A new random key. */
  public static Aes256Gcm random() {
    return of(SecretBytes.randomBytes(KEY_BYTES));
  }

  /**
   * A key that was kept.
   *
   * @throws IllegalArgumentException if it has not 32 bytes
   */
  public static Aes256Gcm of(byte[] bytes) {
    return of(SecretBytes.copyFrom(bytes, InsecureSecretKeyAccess.get()));
  }

  /** The key itself, to be wrapped by another. */
  @AccessesPartialKey
  public byte[] bytes() {
    return key.getKeyBytes().toByteArray(InsecureSecretKeyAccess.get());
  }

  AesGcmKey key() {
    return key;
  }

  /** Encrypts, bound to the associated data. */
  public byte[] seal(byte[] plain, byte[] associated) {
    try {
      byte[] raw = aead.encrypt(plain, associated);
      byte[] sealed = new byte[1 + raw.length];
      sealed[0] = FORMAT;
      System.arraycopy(raw, 0, sealed, 1, raw.length);
      return sealed;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("AES-GCM can't encrypt", e);
    }
  }

  /**
   * Decrypts.
   *
   * @throws GeneralSecurityException if key, associated data or bytes are not those of the sealing
   */
  public byte[] open(byte[] sealed, byte[] associated) throws GeneralSecurityException {
    if (sealed.length == 0 || sealed[0] != FORMAT) {
      throw new GeneralSecurityException("of no format that is known");
    }
    return aead.decrypt(Arrays.copyOfRange(sealed, 1, sealed.length), associated);
  }

  /** Without the key. */
  @Override
  public String toString() {
    return "Aes256Gcm";
  }
}
