package dev.atrium.launcher;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * One running process: its output, line by line, its last lines for error messages, and its end. Lines
 * are cut at {@link #MAX_LINE} characters, so that no output can fill the launcher's memory.
 */
final class Child {

  static final int MAX_LINE = 16 * 1024;
  private static final int LAST_LINES = 15;

  private final ProcessSpec spec;
  private final Process process;
  private final ArrayDeque<String> last = new ArrayDeque<>();
  private final CompletableFuture<String> ready = new CompletableFuture<>();
  private final Thread reader;

  private Child(ProcessSpec spec, Process process, Consumer<String> lines) {
    this.spec = spec;
    this.process = process;
    this.reader = Thread.ofPlatform()
      .daemon()
      .name("log of " + spec.name())
      .unstarted(() -> read(lines));
  }

  /** Starts the process; {@code lines} gets its output (both streams), on a thread of its own. */
  static Child start(Tether tether, ProcessSpec spec, Consumer<String> lines) {
    try {
      Process process = tether.start(() -> builder(spec).start());
      process.getOutputStream().close();
      Child child = new Child(spec, process, lines);
      child.reader.start();
      return child;
    } catch (Exception e) {
      throw new LauncherException(
        LauncherException.FAILED,
        "%s can't be started: %s".formatted(spec.name(), e.getMessage()),
        e
      );
    }
  }

  private static ProcessBuilder builder(ProcessSpec spec) {
    List<String> command = Tether.tethered(spec.command(), spec.stopSignal());
    ProcessBuilder builder = new ProcessBuilder(command);
    Map<String, String> environment = builder.environment();
    environment.keySet().removeIf(key -> key.startsWith("ATRIUM_") || key.equals("CLASSPATH"));
    environment.putAll(spec.environment());
    return builder.directory(spec.directory().toFile()).redirectErrorStream(true);
  }

  ProcessSpec spec() {
    return spec;
  }

  Process process() {
    return process;
  }

  boolean alive() {
    return process.isAlive();
  }

  /** Completes with the ready line; never completes if the process dies first. */
  CompletableFuture<String> ready() {
    return ready;
  }

  /** The last lines it wrote. */
  List<String> lastLines() {
    synchronized (last) {
      return List.copyOf(last);
    }
  }

  /** Completes with the exit status, after the last line has been read. */
  CompletableFuture<Integer> onExit() {
    return process
      .onExit()
      .thenApplyAsync(this::afterLastLine, work -> Thread.ofVirtual().start(work));
  }

  private int afterLastLine(Process ended) {
    try {
      // A grandchild may hold the pipe open: don't wait for it for ever.
      reader.join(Duration.ofSeconds(1));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return ended.exitValue();
  }

  /**
   * Asks for an orderly stop, waits, then kills.
   *
   * @return whether it went in order
   */
  boolean stop(Duration within) {
    signal(process.pid(), spec.stopSignal());
    try {
      if (process.waitFor(within.toMillis(), TimeUnit.MILLISECONDS)) {
        return true;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    return false;
  }

  /** Sends a signal by its name; Java itself knows only TERM and KILL. */
  static void signal(long pid, String signal) {
    if (signal.equals("TERM")) {
      ProcessHandle.of(pid).ifPresent(ProcessHandle::destroy);
      return;
    }
    try {
      new ProcessBuilder("sh", "-c", "kill -" + signal + " " + pid)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
    } catch (IOException e) {
      ProcessHandle.of(pid).ifPresent(ProcessHandle::destroy);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void read(Consumer<String> lines) {
    try (
      var in = new BufferedReader(
        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8)
      )
    ) {
      StringBuilder line = new StringBuilder();
      int c;
      while ((c = in.read()) >= 0) {
        if (c == '\n') {
          take(line.toString(), lines);
          line.setLength(0);
        } else if (line.length() < MAX_LINE && c != '\r') {
          line.append((char) c);
        }
      }
      if (!line.isEmpty()) {
        take(line.toString(), lines);
      }
    } catch (IOException e) {
      // The process is gone, and with it its output.
    }
  }

  private void take(String line, Consumer<String> lines) {
    synchronized (last) {
      if (last.size() == LAST_LINES) {
        last.removeFirst();
      }
      last.addLast(line);
    }
    // In the log first: whoever waits for the ready line may look for it there.
    lines.accept(line);
    if (!spec.readyPrefix().isEmpty() && line.startsWith(spec.readyPrefix())) {
      ready.complete(line);
    }
  }
}
