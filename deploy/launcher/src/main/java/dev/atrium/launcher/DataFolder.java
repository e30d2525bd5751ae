package dev.atrium.launcher;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The folder that holds everything an installation keeps: database, keys, logs, and while it runs
 * {@code run.json}. Opening it takes its lock, which the system gives back when this process ends, in
 * whatever way. Readable by its owner only.
 */
final class DataFolder implements AutoCloseable {

  /** Raised when an older launcher could no longer use what a newer one wrote. */
  static final int FORMAT = 1;

  private final Path path;
  private final FileChannel lockChannel;

  private DataFolder(Path path, FileChannel lockChannel) {
    this.path = path;
    this.lockChannel = lockChannel;
  }

  /**
   * Makes the folder if need be and locks it.
   *
   * @throws LauncherException if it can't be written, is in use, or was made by a newer version
   */
  static DataFolder open(Path wanted) {
    Path path = wanted.toAbsolutePath().normalize();
    try {
      requireOlderFormat(path);
      if (Files.notExists(path)) {
        Files.createDirectories(path);
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwx------"));
      }
      FileChannel channel = lock(path);
      DataFolder folder = new DataFolder(path, channel);
      folder.writeFormat();
      Files.createDirectories(folder.logs());
      Files.createDirectories(folder.keys());
      Files.setPosixFilePermissions(folder.keys(), PosixFilePermissions.fromString("rwx------"));
      return folder;
    } catch (IOException e) {
      throw new LauncherException(
        LauncherException.FAILED,
        "The data folder %s can't be written (%s). Choose another with --data.".formatted(path, e),
        e
      );
    }
  }

  Path path() {
    return path;
  }

  Path logs() {
    return path.resolve("logs");
  }

  Path postgres() {
    return path.resolve("postgres");
  }

  /** The checkpoints of the audit log, unless they are to go elsewhere. */
  Path auditFile() {
    return path.resolve("audit.checkpoints");
  }

  /** What the nodes have loaded; {@code deploy/atrium model load} adds to it. */
  Path modelsFile() {
    return path.resolve("loaded").resolve("list");
  }

  /** The nodes begin with these. */
  void writeModels(List<Path> models) {
    try {
      Files.createDirectories(modelsFile().getParent());
      writePrivately(
        modelsFile(),
        models.stream().map(Path::toString).collect(Collectors.joining("\n", "", "\n"))
      );
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path runFile() {
    return runFile(path);
  }

  static Path runFile(Path data) {
    return data.resolve("run.json");
  }

  PidFiles pids() {
    return pids(path);
  }

  static PidFiles pids(Path data) {
    return new PidFiles(data.resolve("run"));
  }

  /** The key that wraps the keys in the database: 32 random bytes, base64, made once. */
  Path masterKey() {
    return secret("master.key", 32);
  }

  /** The password of the embedded database, made once. */
  String databasePassword() {
    try {
      String base64 = Files.readString(secret("postgres.password", 24)).trim();
      return base64.replace('+', '-').replace('/', '_');
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      // Closing the channel gives the lock back.
      lockChannel.close();
    } catch (IOException e) {
      // The end of the process does the same.
    }
  }

  private Path keys() {
    return path.resolve("keys");
  }

  private Path secret(String name, int bytes) {
    Path file = keys().resolve(name);
    try {
      if (Files.notExists(file)) {
        byte[] random = new byte[bytes];
        new SecureRandom().nextBytes(random);
        writePrivately(file, Base64.getEncoder().encodeToString(random) + "\n");
      }
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Readable by its owner from the first byte, and whole or not there at all. */
  static void writePrivately(Path file, String text) throws IOException {
    Path temporary = file.resolveSibling(file.getFileName() + ".new");
    Files.deleteIfExists(temporary);
    Files.createFile(
      temporary,
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
    );
    Files.writeString(temporary, text, StandardOpenOption.SYNC);
    Files.move(
      temporary,
      file,
      StandardCopyOption.ATOMIC_MOVE,
      StandardCopyOption.REPLACE_EXISTING
    );
  }

  private static void requireOlderFormat(Path path) throws IOException {
    Path file = path.resolve("atrium.json");
    if (Files.notExists(file)) {
      return;
    }
    int format;
    try {
      format = new JsonObject(Files.readString(file)).getInteger("format", 0);
    } catch (DecodeException | ClassCastException e) {
      throw new LauncherException(
        LauncherException.FAILED,
        file + " is damaged: it should hold {\"format\": " + FORMAT + "}",
        e
      );
    }
    if (format > FORMAT) {
      throw new LauncherException(
        LauncherException.CONFLICT,
        "The data folder %s was made by a newer version of Atrium (format %d; this one knows %d). Use that version.".formatted(
          path,
          format,
          FORMAT
        )
      );
    }
  }

  private void writeFormat() throws IOException {
    Path file = path.resolve("atrium.json");
    if (Files.notExists(file)) {
      JsonObject content = new JsonObject()
        .put("format", FORMAT)
        .put("created", Instant.now().toString());
      writePrivately(file, content.encodePrettily() + "\n");
    }
  }

  private static FileChannel lock(Path path) throws IOException {
    Path file = path.resolve("lock");
    FileChannel channel = FileChannel.open(
      file,
      StandardOpenOption.CREATE,
      StandardOpenOption.READ,
      StandardOpenOption.WRITE
    );
    FileLock lock = null;
    try {
      lock = channel.tryLock();
    } catch (OverlappingFileLockException e) {
      // Held by this very process: as taken as by another.
    }
    if (lock == null) {
      channel.close();
      throw new LauncherException(
        LauncherException.CONFLICT,
        "The data folder %s is in use by another Atrium (process %s). Stop it with: deploy/atrium down --data %s".formatted(
            path,
            lockHolder(path)
              .map(seen -> Long.toString(seen.pid()))
              .orElse("unknown"),
            path
          )
      );
    }
    PidFiles.Seen me = PidFiles.Seen.of("launcher", ProcessHandle.current());
    channel.truncate(0);
    channel.write(
      ByteBuffer.wrap((me.pid() + " " + me.startedMillis()).getBytes(StandardCharsets.US_ASCII))
    );
    return channel;
  }

  /** Who wrote itself into the lock file; it may be gone by now. */
  static Optional<PidFiles.Seen> lockHolder(Path data) {
    try {
      String[] parts = Files.readString(data.resolve("lock")).trim().split(" ", -1);
      if (parts.length == 2) {
        return Optional.of(
          new PidFiles.Seen("launcher", Long.parseLong(parts[0]), Long.parseLong(parts[1]))
        );
      }
    } catch (IOException | NumberFormatException e) {
      // Nobody, then.
    }
    return Optional.empty();
  }
}
