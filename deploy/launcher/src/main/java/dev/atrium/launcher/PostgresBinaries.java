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

/** The PostgreSQL programs, unpacked once from the Maven artifact that carries them. */
final class PostgresBinaries {

  private static final String ARCHIVE = "/postgres-linux-x86_64.txz";
  private static final String DONE = ".complete";

  private PostgresBinaries() {}

  /** Unpacks into {@code folder} unless that was done before; returns its {@code bin}. */
  static Path unpacked(Path folder) throws IOException {
    if (Files.notExists(folder.resolve(DONE))) {
      try (InputStream archive = PostgresBinaries.class.getResourceAsStream(ARCHIVE)) {
        if (archive == null) {
          throw new LauncherException(
            LauncherException.UNAVAILABLE,
            "No PostgreSQL programs for this machine. Set ATRIUM_DATABASE_URL to use a server of your own."
          );
        }
        unpack(archive, folder);
      }
      Files.createFile(folder.resolve(DONE));
    }
    return folder.resolve("bin");
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
