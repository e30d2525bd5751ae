package dev.atrium.hub.crypto;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import javax.crypto.spec.SecretKeySpec;

/**
 * The key that wraps all other keys. It is read from a file of 32 bytes in base64 and stands
 * nowhere in the database; without it nothing that people wrote can be read.
 */
public final class MasterKey {

  private final String id;
  private final SecretKeySpec key;

  private MasterKey(byte[] bytes) {
    this.id = fingerprint(bytes);
    this.key = new SecretKeySpec(bytes, "AES");
  }

  /**
   * Reads the file.
   *
   * @throws IllegalArgumentException if it is missing, unreadable, or not 32 bytes in base64; the
   *     message names the file and never its content
   */
  public static MasterKey load(Path file) {
    byte[] bytes;
    try {
      bytes = Base64.getDecoder().decode(Files.readString(file, StandardCharsets.US_ASCII).strip());
    } catch (IOException e) {
      throw new IllegalArgumentException("the master key file " + file + " can't be read", e);
    } catch (IllegalArgumentException _) {
      bytes = new byte[0];
    }
    if (bytes.length != AesGcm.KEY_BYTES) {
      throw new IllegalArgumentException(
        "the master key file " + file + " must hold 32 bytes in base64"
      );
    }
    return new MasterKey(bytes);
  }

  /** A new random key, held by this process only: for tests. */
  public static MasterKey random() {
    return new MasterKey(AesGcm.newKey());
  }

  /** A name for the key that says nothing about it; stored beside what it wrapped. */
  public String id() {
    return id;
  }

  /** Encrypts another key for its place. */
  public byte[] wrap(byte[] secret, Aad place) {
    return AesGcm.seal(key, secret, place);
  }

  /**
   * Decrypts another key.
   *
   * @param wrappedBy the id of the master key that wrapped it
   * @throws WrongMasterKeyException if that was another master key
   */
  public byte[] unwrap(byte[] wrapped, String wrappedBy, Aad place) {
    if (!id.equals(wrappedBy)) {
      throw new WrongMasterKeyException(id, wrappedBy);
    }
    return AesGcm.open(key, wrapped, place);
  }

  private static String fingerprint(byte[] key) {
    try {
      var sha = MessageDigest.getInstance("SHA-256");
      sha.update("atrium master key id".getBytes(StandardCharsets.US_ASCII));
      return HexFormat.of().formatHex(sha.digest(key), 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public String toString() {
    return "MasterKey " + id;
  }
}
