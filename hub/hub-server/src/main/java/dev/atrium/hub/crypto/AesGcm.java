package dev.atrium.hub.crypto;

import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * AES-256-GCM (NIST SP 800-38D) with a random nonce of 96 bits: one format byte, the nonce, the
 * ciphertext with its tag of 128 bits. Random nonces are sound for 2^32 messages under one key.
 */
final class AesGcm {

  static final int KEY_BYTES = 32;
  private static final byte FORMAT = 1;
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BITS = 128;
  private static final SecureRandom random = new SecureRandom();

  private AesGcm() {}

  static byte[] newKey() {
    var key = new byte[KEY_BYTES];
    random.nextBytes(key);
    return key;
  }

  static byte[] seal(SecretKeySpec key, byte[] plain, Aad aad) {
    var nonce = new byte[NONCE_BYTES];
    random.nextBytes(nonce);
    try {
      var cipher = Cipher.getInstance("AES/GCM/NoPadding");
      cipher.init(Cipher.ENCRYPT_MODE, key, new GCMParameterSpec(TAG_BITS, nonce));
      cipher.updateAAD(aad.bytes());
      var out = new byte[1 + NONCE_BYTES + cipher.getOutputSize(plain.length)];
      out[0] = FORMAT;
      System.arraycopy(nonce, 0, out, 1, NONCE_BYTES);
      cipher.doFinal(plain, 0, plain.length, out, 1 + NONCE_BYTES);
      return out;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("AES-GCM is not to be had", e);
    }
  }

  /** Throws {@link DecryptionException} if key, place or bytes are not those of the sealing. */
  static byte[] open(SecretKeySpec key, byte[] sealed, Aad aad) {
    if (sealed.length < 1 + NONCE_BYTES + TAG_BITS / 8 || sealed[0] != FORMAT) {
      throw new DecryptionException(aad, null);
    }
    try {
      var cipher = Cipher.getInstance("AES/GCM/NoPadding");
      var nonce = Arrays.copyOfRange(sealed, 1, 1 + NONCE_BYTES);
      cipher.init(Cipher.DECRYPT_MODE, key, new GCMParameterSpec(TAG_BITS, nonce));
      cipher.updateAAD(aad.bytes());
      return cipher.doFinal(sealed, 1 + NONCE_BYTES, sealed.length - 1 - NONCE_BYTES);
    } catch (GeneralSecurityException e) {
      throw new DecryptionException(aad, e);
    }
  }
}
