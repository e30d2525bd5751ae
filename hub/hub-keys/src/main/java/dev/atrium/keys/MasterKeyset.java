package dev.atrium.keys;

import com.google.crypto.tink.InsecureSecretKeyAccess;
import com.google.crypto.tink.KeysetHandle;
import com.google.crypto.tink.TinkJsonProtoKeysetFormat;
import com.google.crypto.tink.aead.AeadConfig;
import com.google.crypto.tink.aead.AesGcmKey;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The master keys: the primary one, which wraps, and those that only unwrap until everything is wrapped
 * anew. In a file they are one key of 32 bytes in base64, or a Tink keyset in JSON, in clear or encrypted by
 * a {@link Kms}. A key's id
 * is a fingerprint that says nothing about the key; it stands beside whatever the key wrapped.
 */
public final class MasterKeyset {

  private static final byte[] PLACE = "atrium master keys".getBytes(StandardCharsets.US_ASCII);
  private static final String ENCRYPTED = "\"encryptedKeyset\"";

  private final Map<String, Aes256Gcm> keys;

  /** The primary first. */
  private MasterKeyset(List<Aes256Gcm> keys) {
    this.keys = new LinkedHashMap<>();
    keys.forEach(key -> this.keys.put(fingerprint(key.bytes()), key));
  }

  /** One new key. */
  public static MasterKeyset random() {
    return new MasterKeyset(List.of(Aes256Gcm.random()));
  }

  /**
   * Reads a file.
   *
   * @param kms encrypts the file; without one it is in clear
   * @throws IllegalArgumentException if it is missing, unreadable, holds no master keys, or is in clear
   *     where it should not be; the message names the file and never its content
   */
  public static MasterKeyset read(Path file, Optional<Kms> kms) {
    String text = text(file);
    if (kms.isPresent()) {
      return sealed(file, text, kms.get());
    }
    if (text.contains(ENCRYPTED)) {
      throw new IllegalArgumentException(
        "the master key file " +
        file +
        " is encrypted by a key service; " +
        Kms.ADDRESS +
        " must name it"
      );
    }
    return clear(file, text);
  }

  /** Reads a file in clear, also where a key service is to encrypt it from now on. */
  public static MasterKeyset readClear(Path file) {
    return clear(file, text(file));
  }

  private static String text(Path file) {
    try {
      return Files.readString(file, StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      throw new IllegalArgumentException("the master key file " + file + " can't be read", e);
    }
  }

  private static MasterKeyset sealed(Path file, String text, Kms kms) {
    if (!text.contains(ENCRYPTED)) {
      throw new IllegalArgumentException(
        "the master key file " +
        file +
        " is in clear though there is a key service; `encryption seal-master` encrypts it"
      );
    }
    try {
      AeadConfig.register();
      return of(TinkJsonProtoKeysetFormat.parseEncryptedKeyset(text, kms, PLACE));
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException(
        "the master key file " + file + " can't be decrypted: " + e.getMessage(),
        e
      );
    }
  }

  private static MasterKeyset clear(Path file, String text) {
    try {
      return text.startsWith("{") ? keyset(text) : single(text);
    } catch (GeneralSecurityException | IllegalArgumentException _) {
      // What these exceptions say may hold a piece of the file.
      throw new IllegalArgumentException(
        "the master key file " +
        file +
        " must hold 32 bytes in base64, or a Tink keyset of AES-256-GCM keys"
      );
    }
  }

  private static MasterKeyset single(String text) {
    return new MasterKeyset(List.of(Aes256Gcm.of(Base64.getDecoder().decode(text))));
  }

  private static MasterKeyset keyset(String text) throws GeneralSecurityException {
    AeadConfig.register();
    return of(TinkJsonProtoKeysetFormat.parseKeyset(text, InsecureSecretKeyAccess.get()));
  }

  private static MasterKeyset of(KeysetHandle handle) {
    List<Aes256Gcm> keys = new ArrayList<>();
    keys.add(aes(handle.getPrimary()));
    for (int i = 0; i < handle.size(); i++) {
      if (!handle.getAt(i).isPrimary()) {
        keys.add(aes(handle.getAt(i)));
      }
    }
    return new MasterKeyset(keys);
  }

  private static Aes256Gcm aes(KeysetHandle.Entry entry) {
    if (
      entry.getKey() instanceof AesGcmKey key && key.getParameters().equals(Aes256Gcm.PARAMETERS)
    ) {
      return Aes256Gcm.of(key);
    }
    throw new IllegalArgumentException("another kind of key");
  }

  /**
   * Writes the file as a Tink keyset, in one step, readable by its owner only.
   *
   * @param kms encrypts it, if there is one
   * @throws IOException if it can't be written, or the service does not encrypt it
   */
  public void write(Path file, Optional<Kms> kms) throws IOException {
    String text = json(kms);
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    Files.deleteIfExists(fresh);
    Files.createFile(
      fresh,
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
    );
    Files.writeString(fresh, text, StandardCharsets.UTF_8, StandardOpenOption.SYNC);
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private String json(Optional<Kms> kms) throws IOException {
    try {
      AeadConfig.register();
      KeysetHandle.Builder builder = KeysetHandle.newBuilder();
      for (Aes256Gcm key : keys.values()) {
        KeysetHandle.Builder.Entry entry = KeysetHandle.importKey(key.key()).withRandomId();
        builder.addEntry(builder.size() == 0 ? entry.makePrimary() : entry);
      }
      KeysetHandle handle = builder.build();
      return kms.isPresent()
        ? TinkJsonProtoKeysetFormat.serializeEncryptedKeyset(handle, kms.get(), PLACE)
        : TinkJsonProtoKeysetFormat.serializeKeyset(handle, InsecureSecretKeyAccess.get());
    } catch (GeneralSecurityException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  /** The id of the key that wraps. */
  public String primaryId() {
    return keys.keySet().iterator().next();
  }

  /** The key that wraps. */
  public Aes256Gcm primary() {
    return keys.get(primaryId());
  }

  /** All ids, the primary first. */
  public List<String> ids() {
    return List.copyOf(keys.keySet());
  }

  /** A key by its id. */
  public Optional<Aes256Gcm> find(String id) {
    return Optional.ofNullable(keys.get(id));
  }

  /** With a new primary; the others go on unwrapping. */
  public MasterKeyset withNewPrimary() {
    List<Aes256Gcm> all = new ArrayList<>(List.of(Aes256Gcm.random()));
    all.addAll(keys.values());
    return new MasterKeyset(all);
  }

  /** The primary alone. */
  public MasterKeyset primaryOnly() {
    return new MasterKeyset(List.of(primary()));
  }

  private static String fingerprint(byte[] key) {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      sha.update("atrium master key id".getBytes(StandardCharsets.US_ASCII));
      return HexFormat.of().formatHex(sha.digest(key), 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Without the keys. */
  @Override
  public String toString() {
    return "MasterKeyset " + keys.keySet();
  }
}
