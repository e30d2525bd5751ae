package dev.atrium.launcher;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The first start of what was just built, while it is being built: on a folder of its own that is removed
 * again, with the starter model, at a port that is free. What it leaves are the {@link StartupArchive}s, so
 * that whoever starts Atrium for the first time waits half as long.
 *
 * <p>Only where there is no archive yet. One who builds again and again after small changes would wait for
 * each rehearsal; the next start makes the archives that fit, once chat is ready.
 */
public final class Rehearsal {

  private Rehearsal() {}

  /** For the build, with the folder to use. What goes wrong is said, and fails nothing. */
  public static void main(String[] args) {
    try {
      rehearse(Installation.fromSystemProperty(), Path.of(args[0]).toAbsolutePath());
    } catch (RuntimeException | IOException e) {
      System.out.printf(
        "The first start was not rehearsed as it should be, and may take longer: %s%n",
        e
      );
    }
  }

  private static void rehearse(Installation installation, Path folder) throws IOException {
    remove(folder);
    try {
      if (!installation.hub().archive().isFirst() || !installation.node().archive().isFirst()) {
        return;
      }
      double seconds = new Up(
        installation,
        // What is set where it is built is not meant for this.
        new Settings(Map.of()),
        options(installation, folder),
        new Console(new PrintStream(OutputStream.nullOutputStream()))
      )
        .rehearse();
      System.out.printf(
        Locale.ROOT,
        "Rehearsed the first start: chat ready in %.1f s; later ones take less.%n",
        seconds
      );
    } finally {
      remove(folder);
    }
  }

  private static UpOptions options(Installation installation, Path folder) {
    return new UpOptions(
      folder,
      new Ports(InetAddress.getLoopbackAddress()).free(),
      1,
      1,
      List.of(installation.starterModel()),
      Optional.of("cpu")
    );
  }

  private static void remove(Path folder) throws IOException {
    if (Files.notExists(folder)) {
      return;
    }
    Files.walkFileTree(
      folder,
      new SimpleFileVisitor<>() {
        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes a) throws IOException {
          Files.delete(file);
          return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult postVisitDirectory(Path dir, IOException e) throws IOException {
          Files.delete(dir);
          return FileVisitResult.CONTINUE;
        }
      }
    );
  }
}
