package dev.atrium.stress.system;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** A system of the driver's own, by the launcher in a process of its own, on the driver's folder. */
public final class LaunchedSystem implements AutoCloseable {

  private static final Duration READY_WITHIN = Duration.ofMinutes(4);
  private static final Duration STOPPED_WITHIN = Duration.ofSeconds(100);
  private static final String LINKS = "links.json";
  private static final int MOST_TOGETHER = 1_024;

  /**
   * What is to be started.
   *
   * @param rate tokens a second of the scripted model; 0 for the starter model
   * @param clock whether the scripted model writes the time
   * @param links whether the links between its members can be broken
   */
  public record Wanted(Path data, int hubs, int nodes, int rate, boolean clock, boolean links) {
    boolean scripted() {
      return rate > 0;
    }
  }

  private final Path data;
  private final Path output;
  private final Process launcher;
  private final Optional<Links> links;

  private LaunchedSystem(Path data, Path output, Process launcher, Optional<Links> links) {
    this.data = data;
    this.output = output;
    this.launcher = launcher;
    this.links = links;
    // Ctrl-C in a terminal reaches the launcher as well; any other signal only this process.
    Runtime.getRuntime().addShutdownHook(new Thread(launcher::destroy, "stop the system"));
  }

  /**
   * Starts it and waits until chat is ready.
   *
   * @param root of the repository, with everything built
   */
  public static LaunchedSystem start(Path root, Wanted wanted) {
    Path data = wanted.data().toAbsolutePath().normalize();
    Path output = data.resolveSibling(data.getFileName() + ".launcher.log");
    try {
      Files.createDirectories(data);
      Path model = wanted.scripted()
        ? script(data, wanted)
        : root.resolve("inference-node/starter-model/model");
      ProcessBuilder builder = new ProcessBuilder(command(root, data, model, wanted));
      builder
        .environment()
        .keySet()
        .removeIf(key -> key.startsWith("ATRIUM_") && !key.endsWith("_JAVA_OPTIONS"));
      if (wanted.scripted()) {
        builder.environment().putAll(Map.of("ATRIUM_MAX_BATCH", "" + MOST_TOGETHER));
      }
      builder.redirectErrorStream(true).redirectOutput(output.toFile());
      Optional<Links> links = wanted.links() ? Optional.of(links(data, wanted)) : Optional.empty();
      LaunchedSystem system = new LaunchedSystem(data, output, builder.start(), links);
      system.awaitReady();
      return system;
    } catch (IOException e) {
      throw new StressException(StressException.UNAVAILABLE, "It can't be started: " + e, e);
    }
  }

  private static Links links(Path data, Wanted wanted) throws IOException {
    List<String> members = new ArrayList<>();
    IntStream.rangeClosed(1, wanted.hubs()).forEach(i -> members.add("hub-" + i));
    IntStream.rangeClosed(1, wanted.nodes()).forEach(i -> members.add("node-" + i));
    Links links = Links.open(data, members);
    Files.writeString(data.resolve(LINKS), links.ports().encode());
    return links;
  }

  private static Path script(Path data, Wanted wanted) throws IOException {
    Path folder = data.resolve("scripted");
    Files.createDirectories(folder);
    Files.writeString(
      folder.resolve("script.json"),
      "{\"tokensPerSecond\": %d, \"clock\": %b}%n".formatted(wanted.rate(), wanted.clock())
    );
    return folder;
  }

  private static List<String> command(Path root, Path data, Path model, Wanted wanted)
    throws IOException {
    Path target = root.resolve("deploy/launcher/target");
    if (!Files.isDirectory(target.resolve("lib"))) {
      throw new StressException(
        StressException.UNAVAILABLE,
        "The launcher is not built: " + target
      );
    }
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx128m"));
    command.addAll(List.of("-Datrium.root=" + root, "-Datrium.restart.patient=true"));
    if (wanted.links()) {
      command.add("-Datrium.links=" + data.resolve(LINKS));
    }
    command.addAll(List.of("-Dfile.encoding=UTF-8", "-Dstdout.encoding=UTF-8"));
    command.addAll(List.of("-cp", target.resolve("classes") + ":" + target.resolve("lib") + "/*"));
    command.addAll(List.of("dev.atrium.launcher.LauncherMain", "up", "--data", data.toString()));
    command.addAll(List.of("--port", "" + Links.freePort(), "--model", model.toString()));
    command.addAll(List.of("--hubs", "" + wanted.hubs(), "--nodes", "" + wanted.nodes()));
    return command;
  }

  private void awaitReady() throws IOException {
    long end = System.nanoTime() + READY_WITHIN.toNanos();
    while (Files.notExists(runFile())) {
      boolean late = System.nanoTime() > end;
      if (late || !launcher.isAlive()) {
        close();
        throw new StressException(
          StressException.UNAVAILABLE,
          "The system did not get ready:\n" + Files.readString(output)
        );
      }
      Pause.millis(50);
    }
  }

  /** Where the launcher says what runs. */
  public Path runFile() {
    return data.resolve("run.json");
  }

  /** Between its members, if they can be broken. */
  public Optional<Links> links() {
    return links;
  }

  /** Stops it in order. */
  @Override
  public void close() {
    launcher.destroy();
    try {
      if (!launcher.waitFor(STOPPED_WITHIN.toSeconds(), TimeUnit.SECONDS)) {
        launcher.destroyForcibly();
      }
    } catch (InterruptedException e) {
      launcher.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    links.ifPresent(Links::close);
  }
}
