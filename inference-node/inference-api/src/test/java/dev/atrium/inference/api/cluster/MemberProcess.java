package dev.atrium.inference.api.cluster;

import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** The handle on a {@link ClusterMember} of its own process. */
final class MemberProcess implements AutoCloseable {

  private final Process process;
  private final BlockingQueue<JsonObject> answers = new LinkedBlockingQueue<>();
  private final OutputStream commands;
  private final String name;
  private String nodeId = "";

  private MemberProcess(String name, Process process) {
    this.name = name;
    this.process = process;
    this.commands = process.getOutputStream();
    Thread.ofVirtual().start(this::read);
  }

  /** Starts the process; {@link #awaitReady} says when it has joined. */
  static MemberProcess start(String name, List<String> names, Map<String, String> environment)
    throws IOException {
    List<String> line = new ArrayList<>();
    line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    line.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    line.addAll(List.of("-Xmx96m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    line.addAll(List.of("-cp", System.getProperty("java.class.path")));
    line.addAll(List.of(ClusterMember.class.getName(), name, String.join(",", names)));
    ProcessBuilder builder = new ProcessBuilder(line).directory(new File("."));
    builder.environment().putAll(environment);
    return new MemberProcess(name, builder.redirectErrorStream(true).start());
  }

  long pid() {
    return process.pid();
  }

  String nodeId() {
    return nodeId;
  }

  void awaitReady() throws InterruptedException {
    nodeId = answer("ready").getString("ready");
  }

  /** Sends it a signal, such as STOP. */
  void signal(String signal) throws IOException, InterruptedException {
    Process kill = new ProcessBuilder("kill", "-" + signal, "" + pid()).start();
    if (kill.waitFor() != 0) {
      throw new IOException("can not send " + signal + " to " + name);
    }
  }

  /** Sends a command and waits for its answer. */
  JsonObject tell(String command) throws IOException, InterruptedException {
    commands.write((command + "\n").getBytes(StandardCharsets.UTF_8));
    commands.flush();
    return answer(command);
  }

  @Override
  public void close() throws InterruptedException {
    process.destroyForcibly();
    process.waitFor();
  }

  private JsonObject answer(String command) throws InterruptedException {
    JsonObject answer = answers.poll(60, TimeUnit.SECONDS);
    if (answer == null) {
      throw new AssertionError(name + " did not answer " + command);
    }
    return answer;
  }

  private void read() {
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("> ")) {
          answers.add(new JsonObject(line.substring(2)));
        } else {
          System.out.println(name + " " + line);
        }
      }
    } catch (IOException _) {
      // The process has ended.
    }
  }
}
