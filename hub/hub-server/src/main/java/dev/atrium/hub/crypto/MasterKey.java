package dev.atrium.hub.crypto;

import dev.atrium.keys.Aes256Gcm;
import dev.atrium.keys.Kms;
import dev.atrium.keys.MasterKeyset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.util.Optional;

/**
 * The key that wraps all other keys. It is read from a file and stands nowhere in a database; without it
 * nothing that people wrote can be read. The file may hold older keys beside it, which only unwrap, and
 * may be exchanged while the hub runs: it is looked at again before anything is wrapped, and when a key
 * is needed that was not in it.
 */
public final class MasterKey {

  private final Optional<Path> file;
  private final Optional<Kms> kms;
  private volatile Loaded loaded;

  private record Loaded(MasterKeyset keyset, Optional<Version> version) {}

  /**
   * Tells one state of the file from the next. Two that are written within a tick of the clock have one
   * time, but each is a file of its own, put in the place of the one before.
   */
  private record Version(FileTime written, Object fileKey) {}

  /** What was wrapped, and the id of the key that did it, to be stored beside it. */
  public record Wrapped(byte[] bytes, String keyId) {}

  private MasterKey(Optional<Path> file, Optional<Kms> kms, Loaded loaded) {
    this.file = file;
    this.kms = kms;
    this.loaded = loaded;
  }

  /**
   * Reads the file.
   *
   * @param kms encrypts it, if there is one; asked at each reading
   * @throws IllegalArgumentException if it is missing, unreadable, or holds no master keys; the message
   *     names the file and never its content
   */
  public static MasterKey load(Path file, Optional<Kms> kms) {
    return new MasterKey(Optional.of(file), kms, read(file, kms));
  }

  private static Loaded read(Path file, Optional<Kms> kms) {
    Optional<Version> version = version(file);
    return new Loaded(MasterKeyset.read(file, kms), version);
  }

  private static Optional<Version> version(Path file) {
    try {
      var attributes = Files.readAttributes(file, BasicFileAttributes.class);
      return Optional.of(new Version(attributes.lastModifiedTime(), attributes.fileKey()));
    } catch (IOException _) {
      return Optional.empty();
    }
  }

  /** A new random key, held by this process only: for tests. */
  public static MasterKey random() {
    return new MasterKey(
      Optional.empty(),
      Optional.empty(),
      new Loaded(MasterKeyset.random(), Optional.empty())
    );
  }

  /** The id of the key that wraps now; it says nothing about the key. */
  public String primaryId() {
    return refreshed().primaryId();
  }

  /** Encrypts another key for its place. */
  public Wrapped wrap(byte[] secret, Aad place) {
    MasterKeyset keyset = refreshed();
    return new Wrapped(keyset.primary().seal(secret, place.bytes()), keyset.primaryId());
  }

  /**
   * Decrypts another key.
   *
   * @param wrappedBy the id of the master key that wrapped it
   * @throws WrongMasterKeyException if that one is not in the file
   */
  public byte[] unwrap(byte[] wrapped, String wrappedBy, Aad place) {
    Aes256Gcm key = loaded
      .keyset()
      .find(wrappedBy)
      .or(() -> refreshed().find(wrappedBy))
      .orElseThrow(() -> new WrongMasterKeyException(loaded.keyset().ids(), wrappedBy));
    try {
      return key.open(wrapped, place.bytes());
    } catch (GeneralSecurityException e) {
      throw new DecryptionException(place, e);
    }
  }

  /** A file that is away for a moment takes away nothing that was read from it. */
  private MasterKeyset refreshed() {
    file
      .filter(f ->
        version(f)
          .filter(v -> !loaded.version().equals(Optional.of(v)))
          .isPresent()
      )
      .ifPresent(f -> loaded = read(f, kms));
    return loaded.keyset();
  }

  @Override
  public String toString() {
    return "MasterKey " + loaded.keyset().ids();
  }
}
