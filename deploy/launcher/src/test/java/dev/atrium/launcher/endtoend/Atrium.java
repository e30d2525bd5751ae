package dev.atrium.launcher.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** One {@code up} in a process of its own, and everything a test wants to know about it. */
final class Atrium implements AutoCloseable {

  /** Generous, since tests share the machine with others. */
  static final Duration READY_WITHIN = Duration.ofMinutes(4);

  private static final Path ROOT = Path.of(System.getProperty("atrium.root"));

  private final Path data;
  private final int port;
  private final Process process;
  private final List<String> output = new ArrayList<>();
  private final Thread reader;

  private Atrium(Path data, int port, Process process) {
    this.data = data;
    this.port = port;
    this.process = process;
    this.reader = Thread.ofPlatform().daemon().start(this::read);
  }

  /** Skips the test, loudly, when the modules are not built (as in {@code mvn test}). */
  static void assumeBuilt() {
    boolean built =
      Files.isDirectory(ROOT.resolve("hub/hub-server/target/lib")) &&
      Files.isDirectory(ROOT.resolve("inference-node/inference-server/target/lib"));
    if (!built) {
      System.out.println("SKIPPED: hub and node are not built; run mvn verify for this test");
    }
    assumeTrue(built, "hub and node are not built");
  }

  static Path root() {
    return ROOT;
  }

  static Path starterModel() {
    return ROOT.resolve("inference-node/starter-model/model");
  }

  static int freePort() {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The launcher's command line, as {@code deploy/atrium} builds it. */
  static List<String> command(String... arguments) {
    List<String> command = new ArrayList<>();
    // A test run in the background of a shell ignores SIGINT and would hand that on: no Ctrl-C then.
    command.addAll(List.of("env", "--default-signal=INT"));
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    command.addAll(List.of("-Datrium.root=" + ROOT, "-Dstdout.encoding=UTF-8"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add("dev.atrium.launcher.LauncherMain");
    command.addAll(List.of(arguments));
    return command;
  }

  /** {@code deploy/atrium model …}, as the script runs it once all is built. */
  static List<String> modelCommand(String... arguments) {
    Path target = ROOT.resolve("inference-node/inference-server/target");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Datrium.root=" + ROOT, "-Dstdout.encoding=UTF-8"));
    command.addAll(List.of("-cp", target.resolve("classes") + ":" + target.resolve("lib") + "/*"));
    command.add("dev.atrium.inference.shelf.ModelMain");
    command.addAll(List.of(arguments));
    return command;
  }

  /** Starts {@code up} on the folder; returns at once. */
  static Atrium up(Path data, String... more) throws IOException {
    return up(data, freePort(), more);
  }

  static Atrium up(Path data, int port, String... more) throws IOException {
    return up(data, port, Map.of(), more);
  }

  /** The same with settings of the environment. */
  static Atrium up(Path data, int port, Map<String, String> settings, String... more)
    throws IOException {
    assumeBuilt();
    List<String> command = new ArrayList<>(command("up", "--data", data.toString()));
    command.addAll(List.of("--port", Integer.toString(port)));
    command.addAll(List.of(more));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(settings);
    return new Atrium(data, port, builder.start());
  }

  /** Waits until chat is ready; fails with everything that was printed otherwise. */
  Atrium awaitReady() {
    long end = System.nanoTime() + READY_WITHIN.toNanos();
    while (!output().contains("chat ready in")) {
      if (!process.isAlive()) {
        awaitReader();
        fail("up ended with %d:%n%s", process.exitValue(), output() + logs());
      }
      if (System.nanoTime() > end) {
        fail("not ready after %s:%n%s", READY_WITHIN, output() + logs());
      }
      pause(20);
    }
    awaitPrinted("Data  ");
    return this;
  }

  private void awaitPrinted(String text) {
    eventually("printed " + text, Duration.ofSeconds(5), () -> output().contains(text));
  }

  double readySeconds() {
    Matcher matcher = Pattern.compile("chat ready in ([0-9.]+) s").matcher(output());
    assertThat(matcher.find()).isTrue();
    return Double.parseDouble(matcher.group(1));
  }

  /** What was printed so far. */
  String output() {
    synchronized (output) {
      return String.join("\n", output);
    }
  }

  String oneTimePassword() {
    Matcher matcher = Pattern.compile("One-time password\\s+(\\S+)").matcher(output());
    assertThat(matcher.find()).as("a one-time password in:\n" + output()).isTrue();
    return matcher.group(1);
  }

  String administrator() {
    Matcher matcher = Pattern.compile("Name\\s+(\\S+)").matcher(output());
    assertThat(matcher.find()).as("a name in:\n" + output()).isTrue();
    return matcher.group(1);
  }

  String address() {
    return "http://127.0.0.1:" + port;
  }

  JsonObject run() throws IOException {
    return new JsonObject(Files.readString(data.resolve("run.json")));
  }

  /** The addresses of the hubs, each alone. */
  List<String> hubAddresses() throws IOException {
    return objects(run().getJsonArray("hubs"))
      .map(hub -> hub.getString("address"))
      .toList();
  }

  /** The process ids of the hubs or of the nodes. */
  List<Long> pids(String kind) throws IOException {
    return objects(run().getJsonArray(kind))
      .map(p -> p.getLong("pid"))
      .toList();
  }

  static Stream<JsonObject> objects(JsonArray array) {
    return array.stream().map(JsonObject.class::cast);
  }

  Process process() {
    return process;
  }

  /** Waits for the end and returns the exit code. */
  int awaitEnd() throws InterruptedException {
    assertThat(process.waitFor(READY_WITHIN.toSeconds(), TimeUnit.SECONDS)).as("ends").isTrue();
    awaitReader();
    return process.exitValue();
  }

  /** What Ctrl-C does; returns the exit code. */
  int interrupt() throws Exception {
    new ProcessBuilder("sh", "-c", "kill -INT " + process.pid()).start().waitFor();
    return awaitEnd();
  }

  /** Every process that works on this data folder, by its command line or its environment. */
  List<String> processes() {
    return processes(data);
  }

  static List<String> processes(Path data) {
    return ProcessHandle.allProcesses()
      .filter(p -> p.pid() != ProcessHandle.current().pid())
      .filter(
        p ->
          read(p, "cmdline").contains(data + "") ||
          read(p, "environ").contains("ATRIUM_DATA_DIR=" + data)
      )
      .map(p -> p.pid() + " " + read(p, "cmdline").replace('\0', ' '))
      .toList();
  }

  private static String read(ProcessHandle process, String file) {
    try {
      return new String(
        Files.readAllBytes(Path.of("/proc", Long.toString(process.pid()), file)),
        StandardCharsets.UTF_8
      );
    } catch (IOException e) {
      return "";
    }
  }

  static void eventually(String what, Duration within, BooleanSupplier condition) {
    long end = System.nanoTime() + within.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as(what + " within " + within).isLessThan(end);
      pause(20);
    }
  }

  static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** The end of every process's log, for a failure message. */
  String logs() {
    StringBuilder text = new StringBuilder();
    try (var files = Files.newDirectoryStream(data.resolve("logs"), "*.log")) {
      for (Path file : files) {
        List<String> lines = Files.readAllLines(file);
        text.append("\n--- ").append(file.getFileName()).append('\n');
        lines
          .subList(Math.max(0, lines.size() - 40), lines.size())
          .forEach(line -> text.append(line).append('\n'));
      }
    } catch (IOException e) {
      text.append(e);
    }
    return text.toString();
  }

  @Override
  public void close() throws Exception {
    if (process.isAlive()) {
      process.destroy();
      if (!process.waitFor(90, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    }
  }

  private void awaitReader() {
    try {
      reader.join(5_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void read() {
    try (var lines = process.inputReader(StandardCharsets.UTF_8)) {
      String line;
      while ((line = lines.readLine()) != null) {
        synchronized (output) {
          output.add(line);
        }
      }
    } catch (IOException e) {
      // The process is gone.
    }
  }
}
