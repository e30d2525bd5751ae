package dev.atrium.inference.shelf;

import dev.atrium.inference.shelf.ModelsFile.Entry;
import dev.atrium.inference.shelf.ModelsFile.Report;
import dev.atrium.inference.shelf.ModelsFile.State;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Loads models into the nodes that run on a data folder, and unloads them, without a restart. */
final class LoadedModels {

  private static final long LOOK_MS = 100;
  private final ModelsFile file;
  private final PrintWriter out;
  private final Duration patience;

  /** @param patience how long the nodes may take */
  LoadedModels(Path data, PrintWriter out, Duration patience) {
    this.file = new ModelsFile(data.resolve("loaded/list"));
    this.out = out;
    this.patience = patience;
  }

  boolean has(Path directory) throws IOException {
    return file.exists() && !file.reports().isEmpty() && file.read().contains(directory);
  }

  /**
   * Returns when every node has it.
   *
   * @throws ShelfException if a node can't load it, with its words; then none keeps it
   */
  void load(Path directory) throws IOException {
    requireNodes();
    if (file.read().contains(directory)) {
      throw new ShelfException(ShelfException.CONFLICT, directory + " is loaded already.");
    }
    file.change(lines -> with(lines, directory));
    List<String> failures = new ArrayList<>();
    for (Report node : file.reports()) {
      Entry entry = await(node.node(), directory);
      if (entry.state() == State.FAILED) {
        failures.add(node.node() + ": " + entry.words());
      } else {
        out.println(node.node() + ": loaded as " + entry.name() + ", " + entry.words());
      }
    }
    if (!failures.isEmpty()) {
      file.change(lines -> without(lines, directory));
      throw new ShelfException(
        ShelfException.DAMAGED,
        "It is not loaded. " + String.join(" ", failures)
      );
    }
  }

  /** Returns when no node has it any more. Answers that run are finished first. */
  void unload(String name, Path place) throws IOException {
    requireNodes();
    Path directory = file
      .read()
      .stream()
      .filter(line -> line.equals(place) || isCalled(line, name))
      .findFirst()
      .orElseThrow(() ->
        new ShelfException(ShelfException.UNKNOWN, "There is no model '" + name + "' loaded.")
      );
    file.change(lines -> without(lines, directory));
    for (Report node : file.reports()) {
      until(() -> find(node.node(), directory).isEmpty() ? Optional.of(true) : Optional.empty());
      out.println(node.node() + ": unloaded");
    }
  }

  private boolean isCalled(Path directory, String name) {
    try {
      return file
        .reports()
        .stream()
        .flatMap(report -> report.of(directory).stream())
        .anyMatch(entry -> entry.name().equals(name));
    } catch (IOException _) {
      return false;
    }
  }

  private void requireNodes() throws IOException {
    if (!file.exists() || file.reports().isEmpty()) {
      throw new ShelfException(
        ShelfException.UNAVAILABLE,
        "No node runs on this data folder; start one with: deploy/atrium up --model NAME"
      );
    }
  }

  /** A node that is gone meanwhile reads the list when it starts again. */
  private Entry await(String node, Path directory) throws IOException {
    return until(() ->
      find(node, directory).filter(
        entry -> entry.state() == State.LOADED || entry.state() == State.FAILED
      )
    );
  }

  private Optional<Entry> find(String node, Path directory) throws IOException {
    return file
      .reports()
      .stream()
      .filter(report -> report.node().equals(node))
      .findFirst()
      .flatMap(report -> report.of(directory));
  }

  /** Something to look for. */
  private interface Look<T> {
    Optional<T> look() throws IOException;
  }

  private <T> T until(Look<T> look) throws IOException {
    long end = System.nanoTime() + patience.toNanos();
    while (true) {
      Optional<T> found = look.look();
      if (found.isPresent()) {
        return found.get();
      }
      if (System.nanoTime() - end > 0) {
        throw new ShelfException(
          ShelfException.UNAVAILABLE,
          "The nodes are still at it after " + patience.toMinutes() + " minutes."
        );
      }
      try {
        Thread.sleep(LOOK_MS);
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
        throw new ShelfException(ShelfException.FAILED, "Interrupted; the nodes go on.");
      }
    }
  }

  private static List<Path> with(List<Path> lines, Path directory) {
    List<Path> more = new ArrayList<>(without(lines, directory));
    more.add(directory);
    return more;
  }

  private static List<Path> without(List<Path> lines, Path directory) {
    return lines
      .stream()
      .filter(line -> !line.equals(directory))
      .toList();
  }
}
