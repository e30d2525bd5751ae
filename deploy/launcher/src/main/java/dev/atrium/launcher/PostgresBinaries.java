package dev.atrium.launcher;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/** The PostgreSQL programs, unpacked from the Maven artifact that carries them. */
public final class PostgresBinaries {

  /** The version of the artifact; its files lie in a folder of this name. */
  static final String VERSION = "18.6.0";

  private static final String ARCHIVE = "/postgres-linux-x86_64.txz";
  private static final String DONE = ".complete";

  private PostgresBinaries() {}

  /** For the build: unpacks into the folder named. */
  public static void main(String[] args) throws IOException {
    unpacked(Path.of(args[0]));
  }

  /** The folder with the programs: the build's, or else unpacked into {@code folder} once. */
  static Path bin(Path built, Path folder) throws IOException {
    return isComplete(built) ? bin(built) : unpacked(folder);
  }

  private static Path unpacked(Path folder) throws IOException {
    if (!isComplete(folder)) {
      try (InputStream archive = PostgresBinaries.class.getResourceAsStream(ARCHIVE)) {
        if (archive == null) {
          throw new LauncherException(
            LauncherException.UNAVAILABLE,
            "No PostgreSQL programs for this machine. Set ATRIUM_DATABASE_URL to use a server of your own."
          );
        }
        unpack(archive, folder.resolve(VERSION));
      }
      Files.createFile(folder.resolve(VERSION).resolve(DONE));
    }
    return bin(folder);
  }

  private static boolean isComplete(Path folder) {
    return Files.exists(folder.resolve(VERSION).resolve(DONE));
  }

  private static Path bin(Path folder) {
    return folder.resolve(VERSION).resolve("bin");
  }

  private static void unpack(InputStream archive, Path folder) throws IOException {
    Files.createDirectories(folder);
    try (var tar = new TarArchiveInputStream(new XZInputStream(new BufferedInputStream(archive)))) {
      TarArchiveEntry entry;
      while ((entry = tar.getNextEntry()) != null) {
        Path target = folder.resolve(entry.getName()).normalize();
        if (!target.startsWith(folder)) {
          throw new IOException("entry outside the folder: " + entry.getName());
        }
        place(tar, entry, target);
      }
    }
  }

  private static void place(TarArchiveInputStream tar, TarArchiveEntry entry, Path target)
    throws IOException {
    if (entry.isDirectory()) {
      Files.createDirectories(target);
      return;
    }
    Files.createDirectories(target.getParent());
    if (entry.isSymbolicLink()) {
      Files.deleteIfExists(target);
      Files.createSymbolicLink(target, Path.of(entry.getLinkName()));
      return;
    }
    Files.copy(tar, target, StandardCopyOption.REPLACE_EXISTING);
    boolean executable = (entry.getMode() & 0100) != 0;
    Files.setPosixFilePermissions(
      target,
      PosixFilePermissions.fromString(executable ? "rwxr-xr-x" : "rw-r--r--")
    );
  }
}
