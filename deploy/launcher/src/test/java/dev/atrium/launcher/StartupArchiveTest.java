package dev.atrium.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.AutoComplete;

/** With real JVMs that start a program of one jar. */
class StartupArchiveTest {

  private static final String JAVA = Path.of(
    System.getProperty("java.home"),
    "bin/java"
  ).toString();
  private static final String MAIN = AutoComplete.class.getName();

  @TempDir
  Path folder;

  private Path jar;

  @BeforeEach
  void build() throws Exception {
    jar = folder.resolve("program.jar");
    Files.copy(
      Path.of(AutoComplete.class.getProtectionDomain().getCodeSource().getLocation().toURI()),
      jar
    );
  }

  private StartupArchive archive() {
    return new StartupArchive(folder, List.of(JAVA, "-Xmx64m"), List.of(jar));
  }

  private Path made() throws Exception {
    Path list = folder.resolve("some.classes");
    run(archive().options(Optional.of(list)));
    Path part = folder.resolve("part");
    List<String> making = archive().making(list, part, jar.toString());
    assertThat(ended(making)).isZero();
    return part;
  }

  @Test
  void aLaterStartMapsTheClassesThatAnEarlierOneLoaded() throws Exception {
    archive().keep(made());

    assertThat(archive().isMissing()).isFalse();
    assertThat(run(archive().options(Optional.empty()))).contains(
      "picocli.AutoComplete$Function source: shared objects file"
    );
  }

  @Test
  void withoutAnArchiveEverythingIsReadFromTheJar() throws Exception {
    assertThat(archive().isMissing()).isTrue();
    assertThat(archive().options(Optional.empty())).isEmpty();
    assertThat(run(List.of())).contains("picocli.AutoComplete$Function source: file:");
  }

  @Test
  void anotherBuildNeedsAnotherOneAndTheOldOneGoes() throws Exception {
    assertThat(archive().isFirst()).isTrue();
    archive().keep(made());
    Files.setLastModifiedTime(jar, FileTime.fromMillis(1_000_000));
    assertThat(archive().isMissing()).isTrue();
    assertThat(archive().isFirst()).isFalse();

    archive().keep(made());

    try (var files = Files.list(folder)) {
      assertThat(files.filter(file -> file.toString().endsWith(".jsa"))).hasSize(1);
    }
  }

  @Test
  void aLineThatIsBeingWrittenIsLeftOut() throws Exception {
    Path list = Files.writeString(folder.resolve("list"), "java/lang/Object id: 0\njava/lang/Str");
    StartupArchive.wholeLines(list, folder.resolve("whole"));
    assertThat(folder.resolve("whole")).hasContent("java/lang/Object id: 0");
  }

  /** Where its classes came from. */
  private String run(List<String> options) throws Exception {
    Path log = folder.resolve("log");
    List<String> command = new ArrayList<>(List.of(JAVA, "-Xmx64m"));
    command.addAll(options);
    command.addAll(List.of("-Xlog:class+load:file=" + log, "-cp", jar.toString(), MAIN, "--help"));
    ended(command);
    return Files.readString(log);
  }

  private static int ended(List<String> command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command)
      .redirectErrorStream(true)
      .redirectOutput(ProcessBuilder.Redirect.DISCARD)
      .start();
    assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
    return process.exitValue();
  }
}
