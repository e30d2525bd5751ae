package dev.atrium.inference.shelf;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * What the nodes of this machine shall have loaded: a file with a model directory a line. Beside it each
 * node writes what became of that, {@code NODE.json}.
 */
public final class ModelsFile {

  private static final String REPORT = ".json";

  private final Path file;

  public ModelsFile(Path file) {
    this.file = file.toAbsolutePath().normalize();
  }

  /** How far a node is with a model. */
  public enum State {
    LOADING,
    LOADED,
    LEAVING,
    FAILED,
  }

  /**
   * What became of one line.
   *
   * @param name what users choose the model by; empty while that is not known
   * @param words the memory that it takes, or why it can't be loaded
   */
  public record Entry(Path directory, String name, State state, String words) {}

  /**
   * All that a node says.
   *
   * @param pid its process
   * @param started when that began, in milliseconds: the system gives numbers of processes away again
   */
  public record Report(String node, long pid, long started, List<Entry> entries) {
    /** What this process says. */
    public static Report of(String node, List<Entry> entries) {
      ProcessHandle me = ProcessHandle.current();
      return new Report(node, me.pid(), started(me), entries);
    }

    private boolean stillRuns() {
      return ProcessHandle.of(pid)
        .filter(process -> Math.abs(started(process) - started) < 2_000)
        .isPresent();
    }

    private static long started(ProcessHandle process) {
      return process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
    }

    public Optional<Entry> of(Path directory) {
      return entries
        .stream()
        .filter(entry -> entry.directory.equals(directory))
        .findFirst();
    }
  }

  public boolean exists() {
    return Files.exists(file);
  }

  /** The directories, in their order, each once. */
  public List<Path> read() throws IOException {
    return Files.readAllLines(file)
      .stream()
      .map(String::strip)
      .filter(line -> !line.isEmpty() && !line.startsWith("#"))
      .map(line -> file.resolveSibling(line).normalize())
      .distinct()
      .toList();
  }

  /** Tells two contents apart, and that somebody wrote the same again. */
  public String version() throws IOException {
    return Files.getLastModifiedTime(file) + "\n" + Files.readString(file);
  }

  /** Changes the list; whoever changes it at the same time waits. */
  void change(UnaryOperator<List<Path>> change) throws IOException {
    try (
      FileChannel channel = FileChannel.open(
        file.resolveSibling("lock"),
        StandardOpenOption.CREATE,
        StandardOpenOption.WRITE
      );
      FileLock _ = channel.lock()
    ) {
      List<Path> lines = change.apply(read());
      replace(file, String.join("\n", lines.stream().map(Path::toString).toList()) + "\n");
    }
  }

  /** Says what became of the models on one node. */
  public void report(Report report) throws IOException {
    JsonArray models = new JsonArray();
    for (Entry entry : report.entries) {
      models.add(
        new JsonObject()
          .put("directory", entry.directory.toString())
          .put("name", entry.name)
          .put("state", entry.state.name())
          .put("words", entry.words)
      );
    }
    JsonObject json = new JsonObject()
      .put("node", report.node)
      .put("pid", report.pid)
      .put("started", report.started)
      .put("models", models);
    replace(file.resolveSibling(report.node + REPORT), json.encodePrettily() + "\n");
  }

  /** Of the nodes that run, by their names. */
  List<Report> reports() throws IOException {
    List<Report> reports = new ArrayList<>();
    try (Stream<Path> files = Files.list(file.getParent())) {
      for (Path each : files
        .filter(f -> f.toString().endsWith(REPORT))
        .sorted()
        .toList()) {
        read(each).filter(Report::stillRuns).ifPresent(reports::add);
      }
    }
    return reports;
  }

  private static Optional<Report> read(Path report) throws IOException {
    try {
      JsonObject json = new JsonObject(Files.readString(report));
      List<Entry> entries = new ArrayList<>();
      for (Object each : json.getJsonArray("models")) {
        JsonObject entry = (JsonObject) each;
        entries.add(
          new Entry(
            Path.of(entry.getString("directory")),
            entry.getString("name"),
            State.valueOf(entry.getString("state")),
            entry.getString("words")
          )
        );
      }
      return Optional.of(
        new Report(json.getString("node"), json.getLong("pid"), json.getLong("started"), entries)
      );
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (
      DecodeException
      | ClassCastException
      | NullPointerException
      | IllegalArgumentException e
    ) {
      throw new ShelfException(ShelfException.DAMAGED, report + " is damaged; remove it.", e);
    }
  }

  /** Whole or not at all. */
  private static void replace(Path target, String text) throws IOException {
    Path part = target.resolveSibling(target.getFileName() + ".new");
    Files.writeString(part, text);
    Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
