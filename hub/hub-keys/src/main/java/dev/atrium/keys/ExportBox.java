package dev.atrium.keys;

import com.google.crypto.tink.HybridDecrypt;
import com.google.crypto.tink.HybridEncrypt;
import com.google.crypto.tink.KeysetHandle;
import com.google.crypto.tink.RegistryConfiguration;
import com.google.crypto.tink.TinkJsonProtoKeysetFormat;
import com.google.crypto.tink.hybrid.HpkeParameters;
import com.google.crypto.tink.hybrid.HybridConfig;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;

/**
 * Encryption to one receiver (HPKE, RFC 9180: X25519, HKDF-SHA256, AES-256-GCM; by Tink). Whoever asks for
 * an export makes a pair for it, gives the public half along, and is the only one who can open the parts.
 */
public final class ExportBox {

  private final KeysetHandle pair;

  private ExportBox(KeysetHandle pair) {
    this.pair = pair;
  }

  /** A new pair. */
  public static ExportBox create() {
    try {
      HybridConfig.register();
      return new ExportBox(
        KeysetHandle.generateNew(
          HpkeParameters.builder()
            .setKemId(HpkeParameters.KemId.DHKEM_X25519_HKDF_SHA256)
            .setKdfId(HpkeParameters.KdfId.HKDF_SHA256)
            .setAeadId(HpkeParameters.AeadId.AES_256_GCM)
            .setVariant(HpkeParameters.Variant.NO_PREFIX)
            .build()
        )
      );
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Tink has no HPKE", e);
    }
  }

  /** The public half: a Tink keyset in JSON. */
  public String publicKey() {
    try {
      return TinkJsonProtoKeysetFormat.serializeKeysetWithoutSecret(pair.getPublicKeysetHandle());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Tink can't write a public key", e);
    }
  }

  /**
   * Opens a part.
   *
   * @param place what it was sealed for
   * @throws IllegalArgumentException if it was sealed for another receiver or place, or was altered
   */
  public byte[] open(byte[] sealed, String place) {
    try {
      return pair
        .getPrimitive(RegistryConfiguration.get(), HybridDecrypt.class)
        .decrypt(sealed, place.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("not sealed for this receiver at " + place, e);
    }
  }

  /**
   * Seals for whoever has the other half.
   *
   * @throws IllegalArgumentException if the public key is none
   */
  public static byte[] seal(String publicKey, byte[] plain, String place) {
    try {
      HybridConfig.register();
      return TinkJsonProtoKeysetFormat.parseKeysetWithoutSecret(publicKey)
        .getPrimitive(RegistryConfiguration.get(), HybridEncrypt.class)
        .encrypt(plain, place.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("not a public key for an export", e);
    }
  }
}
