package dev.atrium.inference;

import dev.atrium.engine.model.ModelLoadException;
import dev.atrium.inference.shelf.ModelsFile;
import dev.atrium.inference.shelf.ModelsFile.Entry;
import dev.atrium.inference.shelf.ModelsFile.State;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what a node has loaded as its {@link ModelsFile} says: looks at it twice a second, loads what was
 * added, one after the other, and lets go of what was removed while the rest goes on. What can't be
 * loaded is told, and tried again when the file is written again.
 */
final class ModelKeeper implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(ModelKeeper.class);
  private static final Duration PAUSE = Duration.ofMillis(500);
  /** No answer may take longer, as far as our hubs go. */
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private final ModelsFile file;
  private final String nodeId;
  private final InferenceNode node;
  private final BiFunction<Path, Set<String>, List<ModelSource>> sources;
  private final Map<Path, Entry> entries = new LinkedHashMap<>();
  private final Thread thread = Thread.ofPlatform().name("models").daemon().unstarted(this::keep);
  private volatile boolean closed;
  private boolean complained;
  private String failedAt = "";

  /** @param sources the engines of a model directory, with ids other than those that are taken */
  ModelKeeper(
    ModelsFile file,
    String nodeId,
    InferenceNode node,
    BiFunction<Path, Set<String>, List<ModelSource>> sources
  ) {
    this.file = file;
    this.nodeId = nodeId;
    this.node = node;
    this.sources = sources;
  }

  /** Takes over what the node began with. */
  synchronized void start() {
    write();
    for (LoadedEngine engine : node.engines()) {
      engine.directory().ifPresent(directory -> say(directory, State.LOADED));
    }
    thread.start();
  }

  /** Nothing is begun any more. */
  @Override
  public void close() {
    closed = true;
    thread.interrupt();
  }

  private void keep() {
    while (!closed) {
      try {
        look();
        complained = false;
        Thread.sleep(PAUSE);
      } catch (InterruptedException _) {
        return;
      } catch (IOException | RuntimeException e) {
        if (!complained) {
          LOG.warn("the list of models can't be followed now: {}", e.toString());
          complained = true;
        }
        pause();
      }
    }
  }

  private static void pause() {
    try {
      Thread.sleep(PAUSE);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private void look() throws IOException {
    String version = file.version();
    List<Path> wanted = file.read();
    for (Path directory : known()) {
      if (!wanted.contains(directory)) {
        letGo(directory);
      }
    }
    boolean again = !version.equals(failedAt);
    for (Path directory : wanted) {
      boolean failed = has(directory, State.FAILED);
      if (!closed && (!known().contains(directory) || (failed && again))) {
        load(directory);
        failedAt = version;
      }
    }
  }

  private void load(Path directory) {
    say(new Entry(directory, "", State.LOADING, ""));
    try {
      Set<String> taken = new HashSet<>();
      node.engines().forEach(engine -> taken.add(engine.engineId()));
      for (ModelSource source : sources.apply(directory, taken)) {
        node.load(source);
      }
      say(directory, State.LOADED);
    } catch (ModelLoadException e) {
      failed(directory, e.code() + ": " + e.getMessage());
    } catch (Exception e) {
      LOG.error("{} could not be loaded", directory, e);
      failed(directory, "it broke while it was loaded: " + e);
    }
  }

  private void failed(Path directory, String why) {
    LOG.warn("{} is not loaded: {}", directory, why);
    // Of several devices, some may have it by now.
    engines(directory).forEach(engine -> node.unload(engine, PATIENCE));
    say(new Entry(directory, "", State.FAILED, why));
  }

  /** Answers may take minutes to their end: nothing else waits for them. */
  private void letGo(Path directory) {
    if (has(directory, State.FAILED)) {
      forget(directory);
    } else if (has(directory, State.LOADED)) {
      say(directory, State.LEAVING);
      Thread.ofVirtual()
        .name("unload")
        .start(() -> {
          engines(directory).forEach(engine -> node.unload(engine, PATIENCE));
          forget(directory);
        });
    }
  }

  private List<LoadedEngine> engines(Path directory) {
    return node
      .engines()
      .stream()
      .filter(engine -> engine.directory().filter(directory::equals).isPresent())
      .toList();
  }

  private void say(Path directory, State state) {
    List<LoadedEngine> here = engines(directory);
    String words = here
      .stream()
      .map(engine -> engine.model().memory().words() + " on " + engine.model().device())
      .collect(Collectors.joining("; "));
    say(new Entry(directory, here.isEmpty() ? "" : here.getFirst().name(), state, words));
  }

  private synchronized void say(Entry entry) {
    entries.put(entry.directory(), entry);
    write();
  }

  private synchronized void forget(Path directory) {
    entries.remove(directory);
    write();
  }

  private synchronized List<Path> known() {
    return List.copyOf(entries.keySet());
  }

  private synchronized boolean has(Path directory, State state) {
    return entries.containsKey(directory) && entries.get(directory).state() == state;
  }

  /** Who can't read it misses a word, no more. */
  private void write() {
    try {
      file.report(ModelsFile.Report.of(nodeId, new ArrayList<>(entries.values())));
    } catch (IOException e) {
      LOG.warn("what is loaded can't be told: {}", e.toString());
    }
  }
}
