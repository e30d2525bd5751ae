package dev.atrium.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The process as the launcher sees it: its one line, its sentences and its exit codes. */
class NodeMainTest {

  @TempDir
  Path dir;

  @Test
  void refusesASettingThatItDoesNotKnow() throws Exception {
    Process node = start(Map.of("ATRIUM_MODELS", dir.toString(), "ATRIUM_DATABASE_URL", "x"));
    assertThat(exit(node)).isEqualTo(64);
    assertThat(stderr()).contains("atrium node: ").contains("ATRIUM_DATABASE_URL");
    assertThat(stdout()).isEmpty();
  }

  @Test
  void saysInOneLineWhichModelIsNotThere() throws Exception {
    Path missing = dir.resolve("no-such-model");
    assertThat(exit(start(Map.of("ATRIUM_MODELS", missing.toString())))).isEqualTo(69);
    assertThat(
      stderr()
        .lines()
        .filter(line -> line.startsWith("atrium node: "))
    ).containsExactly("atrium node: model_missing: " + missing + ": there is no such directory");
    assertThat(stdout()).isEmpty();
  }

  @Test
  void saysWhichFlagOfJavaIsMissingWhateverTheModel() throws Exception {
    Path model = Files.createDirectory(dir.resolve("words"));
    Files.writeString(model.resolve("script.json"), "{}");
    Process node = start(
      Map.of("ATRIUM_MODELS", model.toString(), "ATRIUM_CLUSTER_PORT", "" + freePort()),
      "java.se"
    );
    assertThat(exit(node)).isEqualTo(1);
    assertThat(stderr()).contains("without --add-modules jdk.incubator.vector");
    assertThat(stdout()).isEmpty();
  }

  @Test
  void saysThatItIsReadyAndLeavesInOrderWhenItIsAsked() throws Exception {
    Path model = Path.of(
      System.getProperty("atrium.root", "."),
      "..",
      "shared",
      "models",
      "stories260k"
    );
    assumeTrue(Files.isDirectory(model), "skipped: no model in " + model);
    int port = freePort();
    Process node = start(
      Map.of(
        "ATRIUM_MODELS",
        model.toString(),
        "ATRIUM_NODE_ID",
        "n1",
        "ATRIUM_CLUSTER_PORT",
        String.valueOf(port)
      )
    );
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (stdout().isEmpty() && node.isAlive() && System.nanoTime() - until < 0) {
      Thread.sleep(50);
    }
    assertThat(stdout()).isEqualTo("ready node n1 stories260k\n");
    node.destroy();
    assertThat(exit(node)).isZero();
    assertThat(stdout()).isEqualTo("ready node n1 stories260k\n");
    assertThat(stderr()).contains("left");
  }

  private Process start(Map<String, String> environment) throws IOException {
    return start(environment, "java.se,jdk.incubator.vector");
  }

  private Process start(Map<String, String> environment, String modules) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
      List.of(
        "--enable-native-access=ALL-UNNAMED",
        "--sun-misc-unsafe-memory-access=allow",
        "--add-modules=" + modules,
        "-Dai.djl.offline=true"
      )
    );
    // Without the tests' own logging.
    command.addAll(List.of("-cp", classPath(), "dev.atrium.inference.NodeMain"));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder
      .environment()
      .keySet()
      .removeIf(key -> key.startsWith("ATRIUM_"));
    builder.environment().putAll(environment);
    builder.redirectOutput(dir.resolve("stdout").toFile());
    builder.redirectError(dir.resolve("stderr").toFile());
    return builder.start();
  }

  private static String classPath() {
    List<String> entries = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      if (!entry.contains("test-classes")) {
        entries.add(entry);
      }
    }
    return String.join(File.pathSeparator, entries);
  }

  private static int exit(Process node) throws InterruptedException {
    boolean ended = node.waitFor(60, TimeUnit.SECONDS);
    node.destroyForcibly();
    assertThat(ended).as("ended by itself").isTrue();
    return node.exitValue();
  }

  private String stdout() throws IOException {
    return Files.readString(dir.resolve("stdout"));
  }

  private String stderr() throws IOException {
    return Files.readString(dir.resolve("stderr"));
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
