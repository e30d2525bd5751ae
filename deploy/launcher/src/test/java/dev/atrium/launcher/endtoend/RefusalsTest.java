package dev.atrium.launcher.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RefusalsTest {

  @TempDir
  Path folder;

  @Test
  void aTakenPortIsSaidAndNothingIsStarted() throws Exception {
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Path data = folder.resolve("data");
      try (Atrium atrium = Atrium.up(data, taken.getLocalPort())) {
        assertThat(atrium.awaitEnd()).as(atrium.output()).isEqualTo(73);
        assertThat(atrium.output()).contains("Port " + taken.getLocalPort() + " is taken by");
        assertThat(data).doesNotExist();
      }
    }
  }

  @Test
  void aDataFolderOfANewerVersionIsSaidAndNothingIsStarted() throws Exception {
    Files.writeString(folder.resolve("atrium.json"), "{\"format\": 1000}");
    try (Atrium atrium = Atrium.up(folder)) {
      assertThat(atrium.awaitEnd()).as(atrium.output()).isEqualTo(73);
      assertThat(atrium.output()).contains("newer version");
      assertThat(folder.resolve("postgres")).doesNotExist();
    }
  }

  @Test
  void aMissingModelIsSaidAndNothingIsStarted() throws Exception {
    Path data = folder.resolve("data");
    try (Atrium atrium = Atrium.up(data, "--model", folder.resolve("no-model").toString())) {
      assertThat(atrium.awaitEnd()).as(atrium.output()).isEqualTo(69);
      assertThat(atrium.output()).contains("no-model is not there");
      assertThat(data).doesNotExist();
    }
  }

  @Test
  void aDamagedModelIsSaidByTheNodeAndEverythingIsStoppedAgain() throws Exception {
    Atrium.assumeBuilt();
    Path model = folder.resolve("model");
    copy(Atrium.starterModel().toRealPath(), model);
    try (
      var weights = Files.newByteChannel(
        model.resolve("model.safetensors"),
        StandardOpenOption.WRITE
      )
    ) {
      weights.truncate(weights.size() / 2);
    }
    try (Atrium atrium = Atrium.up(folder.resolve("data"), "--model", model.toString())) {
      assertThat(atrium.awaitEnd()).as(atrium.output()).isEqualTo(69);
      assertThat(atrium.output()).contains("node-1", "model.safetensors");
      assertThat(atrium.processes()).isEmpty();
      assertThat(folder.resolve("data/run.json")).doesNotExist();
    }
  }

  @Test
  void aModelThatCantChatIsNamedAndEverythingIsStoppedAgain() throws Exception {
    Path model = Atrium.root().resolve("../shared/models/stories260k").normalize();
    if (!Files.isDirectory(model)) {
      System.out.println("SKIPPED: " + model + " is not there");
    }
    assumeTrue(Files.isDirectory(model), "shared models");
    try (Atrium atrium = Atrium.up(folder.resolve("data"), "--model", model.toString())) {
      assertThat(atrium.awaitEnd()).as(atrium.output()).isEqualTo(69);
      assertThat(atrium.output()).contains(
        "Nobody could chat: node-1 runs stories260k, which has no chat template"
      );
      assertThat(atrium.processes()).isEmpty();
    }
  }

  @Test
  void anUnreachableDatabaseIsSaidAndEverythingIsStoppedAgain() throws Exception {
    Atrium.assumeBuilt();
    ProcessBuilder builder = new ProcessBuilder(
      Atrium.command(
        "up",
        "--data",
        folder.resolve("data").toString(),
        "--port",
        "" + Atrium.freePort()
      )
    ).redirectErrorStream(true);
    builder
      .environment()
      .put("ATRIUM_DATABASE_URL", "postgresql://me:secret@127.0.0.1:" + Atrium.freePort() + "/db");
    Process process = builder.start();
    String output = String.join("\n", process.inputReader().lines().toList());
    assertThat(process.waitFor()).as(output).isEqualTo(69);
    assertThat(output).contains("can't be reached").doesNotContain("secret");
    assertThat(Atrium.processes(folder)).isEmpty();
  }

  private static void copy(Path from, Path to) throws Exception {
    Files.walkFileTree(
      from,
      new SimpleFileVisitor<>() {
        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
          throws IOException {
          Path target = to.resolve(from.relativize(file));
          Files.createDirectories(target.getParent());
          Files.copy(file, target);
          return FileVisitResult.CONTINUE;
        }
      }
    );
  }
}
