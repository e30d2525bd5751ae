package dev.atrium.launcher;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * How a JVM of one kind of process is started.
 *
 * @param java program and options
 * @param archive what makes its starts short, once it is there
 */
record JavaProgram(List<String> java, String classPath, String mainClass, StartupArchive archive) {
  /**
   * @param jar what was built, with its archive beside it
   * @param lib the folder of what it needs
   */
  static JavaProgram of(List<String> java, Path jar, Path lib, String mainClass) {
    List<Path> jars = new ArrayList<>();
    jars.add(jar);
    try (Stream<Path> files = Files.list(lib)) {
      files.forEach(jars::add);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new JavaProgram(
      List.copyOf(java),
      jar + ":" + lib + "/*",
      mainClass,
      new StartupArchive(jar.getParent(), java, jars)
    );
  }

  /**
   * @param further options of whoever runs Atrium; they count where they say otherwise than ours
   * @param classList where the process is to note the classes that it loads, as long as they are needed
   */
  List<String> command(List<String> further, Optional<Path> classList) {
    List<String> command = new ArrayList<>(java);
    command.addAll(further);
    command.addAll(archive.options(classList));
    command.addAll(List.of("-cp", classPath, mainClass));
    return command;
  }
}
