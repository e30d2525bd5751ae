package dev.atrium.launcher;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

/** Where the built modules lie, and how a JVM of each is started. */
final class Installation {

  private final Path root;
  private final Properties build = new Properties();

  Installation(Path root) {
    this.root = root.toAbsolutePath().normalize();
    try (InputStream in = Installation.class.getResourceAsStream("/launcher.properties")) {
      build.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The repository root, as {@code deploy/atrium} (or the build) names it. */
  static Installation fromSystemProperty() {
    String root = System.getProperty("atrium.root");
    if (root == null) {
      throw new LauncherException(LauncherException.USAGE, "Start this through deploy/atrium.");
    }
    return new Installation(Path.of(root));
  }

  Path root() {
    return root;
  }

  String version() {
    return build.getProperty("version");
  }

  Path defaultData() {
    return root.resolve(".atrium");
  }

  /** Where the build unpacks PostgreSQL. */
  Path postgres() {
    return root.resolve("deploy/launcher/target/postgres");
  }

  Path starterModel() {
    return root.resolve("inference-node/starter-model/model");
  }

  /** Refuses with a sentence when a process could not be started for want of its classes. */
  void requireBuilt() {
    var _ = hub();
    var _ = node();
  }

  /**
   * The heap grows with the load and only with it: past one per cent of the time for collecting, more
   * memory is the cure, since a collection of a large young generation takes no longer than one of a
   * small, and comes less often. What is free goes back after a full collection. Text is late by as long
   * as a hub stands still: with 10 ms to spend, G1 looks through old memory that was written to beside
   * the program and not while it waits, and unloading classes would take most of a remark.
   */
  JavaProgram hub() {
    return java(
      "hub-server",
      "hub/hub-server",
      "dev.atrium.hub.HubMain",
      List.of(),
      List.of(
        "-Xms64m",
        "-Xmx1g",
        "-XX:GCTimeRatio=99",
        "-XX:MaxHeapFreeRatio=50",
        "-XX:MaxGCPauseMillis=10",
        "-XX:-ClassUnloadingWithConcurrentMark"
      )
    );
  }

  /** The heap is small because weights and cache live outside it. */
  JavaProgram node() {
    return java(
      "inference-server",
      "inference-node/inference-server",
      "dev.atrium.inference.NodeMain",
      words("engine"),
      List.of("-Xms64m", "-Xmx512m", "-Xmn48m", "-XX:+UseSerialGC")
    );
  }

  /** Flags of the build. */
  private List<String> words(String property) {
    return List.of(build.getProperty(property).trim().split("\\s+"));
  }

  private JavaProgram java(
    String artifact,
    String module,
    String mainClass,
    List<String> flags,
    List<String> memory
  ) {
    Path target = root.resolve(module).resolve("target");
    Path jar = target.resolve(artifact + "-" + version() + ".jar");
    Path lib = target.resolve("lib");
    if (!Files.isRegularFile(jar) || !Files.isDirectory(lib)) {
      throw new LauncherException(
        LauncherException.UNAVAILABLE,
        module + " is not built. Run: mvn package -DskipTests"
      );
    }
    List<String> java = new ArrayList<>();
    java.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    java.addAll(words("jvm"));
    java.addAll(flags);
    java.addAll(memory);
    java.addAll(
      List.of(
        "-XX:+ExitOnOutOfMemoryError",
        "-Dfile.encoding=UTF-8",
        "-Dstdout.encoding=UTF-8",
        "-Dai.djl.pytorch.graph_optimizer=false",
        "-Dai.djl.offline=true",
        "-Dhazelcast.phone.home.enabled=false"
      )
    );
    return JavaProgram.of(java, jar, lib, mainClass);
  }
}
