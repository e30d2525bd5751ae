package dev.atrium.launcher;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The classes of one kind of process in a file that a JVM maps, in place of reading, checking and
 * linking some fourteen thousand of them at each start, which is half of a start's processor time. It
 * fits one build on one JDK, lies beside what was built, and is made from what a first process has
 * loaded. Without it everything works the same.
 *
 * <p>Source: class data sharing, JEP 310; {@code java -Xshare:dump}.
 */
final class StartupArchive {

  private static final String PREFIX = "startup-";
  private static final String SUFFIX = ".jsa";
  /** What a JVM has to say of classes that can't be shared helps nobody. */
  private static final String QUIET = "-Xlog:cds*=off";

  private final Path folder;
  private final List<String> java;
  private final Path file;

  /**
   * @param folder where it lies
   * @param java program and options of the processes, without class path
   * @param jars what is on the class path, in whatever order
   */
  StartupArchive(Path folder, List<String> java, List<Path> jars) {
    this.folder = folder;
    this.java = List.copyOf(java);
    this.file = folder.resolve(PREFIX + fingerprint(java, jars) + SUFFIX);
  }

  Path folder() {
    return folder;
  }

  /** Whether there is none yet that fits. */
  boolean isMissing() {
    return Files.notExists(file);
  }

  /** Whether there is not even one of an earlier build. */
  boolean isFirst() {
    try (Stream<Path> files = Files.list(folder)) {
      return files.noneMatch(StartupArchive::isOne);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * What to add to a process's options: to use the archive, or if there is none, to note the classes that
   * it loads.
   *
   * @param list where to note them, unless another process does already
   */
  List<String> options(Optional<Path> list) {
    if (!isMissing()) {
      return List.of("-XX:SharedArchiveFile=" + file, QUIET);
    }
    return list.map(to -> List.of("-XX:DumpLoadedClassList=" + to, QUIET)).orElse(List.of());
  }

  /**
   * The command that makes the archive.
   *
   * @param list of a process that runs, perhaps still
   * @param part the file to make, for {@link #keep}
   */
  List<String> making(Path list, Path part, String classPath) {
    List<String> command = new ArrayList<>();
    // Whoever uses the system meanwhile comes first.
    Tether.program("nice").ifPresent(nice -> command.addAll(List.of(nice, "-n", "10")));
    command.add(java.getFirst());
    command.addAll(
      List.of(
        "-Xshare:dump",
        QUIET,
        "-XX:SharedClassListFile=" + list,
        "-XX:SharedArchiveFile=" + part
      )
    );
    command.addAll(java.subList(1, java.size()));
    command.addAll(List.of("-cp", classPath));
    return command;
  }

  /** A list as far as it is written: the process that writes it may be in the middle of a line. */
  static void wholeLines(Path list, Path to) throws IOException {
    String text = Files.readString(list, StandardCharsets.ISO_8859_1);
    String whole = text.substring(0, text.lastIndexOf('\n') + 1);
    Files.writeString(to, whole, StandardCharsets.ISO_8859_1);
  }

  /** Puts a file that was made in its place, all at once, and removes those of earlier builds. */
  void keep(Path part) throws IOException {
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    try (Stream<Path> files = Files.list(folder)) {
      for (Path other : files.filter(this::isOlder).toList()) {
        Files.deleteIfExists(other);
      }
    }
  }

  private boolean isOlder(Path other) {
    return isOne(other) && !other.equals(file);
  }

  private static boolean isOne(Path file) {
    String name = file.getFileName().toString();
    return name.startsWith(PREFIX) && name.endsWith(SUFFIX);
  }

  /** A JVM refuses an archive whose JDK, options or jars are not its own; one of each is kept. */
  private static String fingerprint(List<String> java, List<Path> jars) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      add(digest, System.getProperty("java.vm.version"));
      java.forEach(option -> add(digest, option));
      for (Path jar : jars.stream().sorted().toList()) {
        add(digest, jar + " " + Files.size(jar) + " " + Files.getLastModifiedTime(jar));
      }
      return HexFormat.of().formatHex(digest.digest(), 0, 8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void add(MessageDigest digest, String text) {
    digest.update((text + "\n").getBytes(StandardCharsets.UTF_8));
  }
}
