package dev.atrium.hub.inference;

import dev.atrium.inference.api.BadMessageException;
import dev.atrium.inference.api.EngineStatus;
import dev.atrium.inference.api.Heartbeat;
import dev.atrium.inference.api.InferenceAddresses;
import dev.atrium.inference.api.cluster.Cluster;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The nodes that are heard. A node is here from its first heartbeat until {@link
 * Heartbeat#LOST_AFTER_MS} after its last, until its process has left the cluster, or until one of
 * another process under the same name. The cluster knows of a killed process by its broken
 * connections within a second, but of one that hangs much later. Safe for many threads.
 */
public final class NodeDirectory {

  /** More nodes than this are not listened to: something is wrong with whoever sends them. */
  private static final int MOST_NODES = 4_096;

  private static final long SWEEP_MS = 250;
  private static final Logger log = LoggerFactory.getLogger(NodeDirectory.class);

  private final Vertx vertx;
  private final Map<String, Node> nodes = new ConcurrentHashMap<>();
  /** Prompts given to a node since its last heartbeat, which does not know of them yet. */
  private final Map<String, Integer> given = new ConcurrentHashMap<>();
  private final Set<String> complainedAbout = ConcurrentHashMap.newKeySet();
  private final List<Consumer<String>> lossListeners = new CopyOnWriteArrayList<>();
  private final List<Runnable> changeListeners = new CopyOnWriteArrayList<>();
  private MessageConsumer<Object> consumer;
  private long timer;
  private volatile long listeningNanos = System.nanoTime();

  private record Node(Heartbeat heartbeat, long heardNanos) {
    boolean takesWork() {
      return heartbeat.state() == Heartbeat.State.UP;
    }
  }

  public NodeDirectory(Vertx vertx) {
    this.vertx = vertx;
  }

  /** Begins to listen; completes when every member of the cluster knows of it. */
  public Future<Void> start() {
    consumer = vertx.eventBus().consumer(InferenceAddresses.HEARTBEAT, this::heard);
    listeningNanos = System.nanoTime();
    timer = vertx.setPeriodic(SWEEP_MS, _ -> sweep(System.nanoTime()));
    Cluster.onMemberLeft(vertx, this::left);
    return consumer.completion();
  }

  /** Stops listening. */
  public Future<Void> stop() {
    vertx.cancelTimer(timer);
    return consumer.unregister();
  }

  /** Called with the name of a node that is gone, on the thread that noticed. */
  public void onLoss(Consumer<String> listener) {
    lossListeners.add(listener);
  }

  /** Called when the set of models that are to be had may have changed. */
  public void onChange(Runnable listener) {
    changeListeners.add(listener);
  }

  /** Every engine that takes work, ordered by node and engine. */
  public List<EngineRef> engines() {
    List<EngineRef> engines = new ArrayList<>();
    for (Node node : nodes.values()) {
      if (node.takesWork()) {
        for (EngineStatus status : node.heartbeat.engines()) {
          if (!status.leaving()) {
            engines.add(new EngineRef(node.heartbeat.nodeId(), status));
          }
        }
      }
    }
    engines.sort(Comparator.comparing(EngineRef::nodeId).thenComparing(EngineRef::engineId));
    return engines;
  }

  /** Whether this node is heard and has this engine, leaving or not. */
  public boolean isHeard(EngineAddress engine) {
    Node node = nodes.get(engine.nodeId());
    return (
      node != null &&
      node.heartbeat
        .engines()
        .stream()
        .anyMatch(e -> e.engineId().equals(engine.engineId()))
    );
  }

  /** Whether this hub began so lately that a node which is well may not have been heard yet. */
  public boolean listensSinceShortly() {
    return System.nanoTime() - listeningNanos < Heartbeat.LOST_AFTER_MS * 1_000_000;
  }

  /** Whether some engine that takes work has this model, of whatever revision. */
  public boolean serves(String model) {
    return engines()
      .stream()
      .anyMatch(e -> isChat(e, model));
  }

  /** Whether engines that take work have this model, but none of them in this revision. */
  public boolean servesOnlyOthers(String model, String revision) {
    return (
      serves(model) &&
      engines()
        .stream()
        .noneMatch(e -> isChat(e, model) && revision.equals(e.revision()))
    );
  }

  private static boolean isChat(EngineRef engine, String model) {
    return engine.status().kind().equals("chat") && engine.status().model().equals(model);
  }

  /**
   * The engine to ask next: the preferred node if it has room, since its cache may hold the
   * history; else the least loaded.
   *
   * @param revision if present, only engines of exactly this revision
   * @param not nodes that have already refused
   */
  public Optional<EngineRef> choose(
    String model,
    Optional<String> preferredNode,
    Optional<String> revision,
    Set<String> not
  ) {
    List<EngineRef> able = engines()
      .stream()
      .filter(e -> isChat(e, model))
      .filter(e -> revision.isEmpty() || revision.get().equals(e.revision()))
      .filter(e -> !not.contains(e.nodeId()))
      .toList();
    Optional<EngineRef> chosen = able
      .stream()
      .filter(e -> !e.full() && preferredNode.isPresent() && preferredNode.get().equals(e.nodeId()))
      .findFirst()
      .or(() -> able.stream().min(Comparator.comparingDouble(this::load)));
    chosen.ifPresent(e -> given.merge(e.nodeId(), 1, Integer::sum));
    return chosen;
  }

  private double load(EngineRef engine) {
    return engine.load(given.getOrDefault(engine.nodeId(), 0));
  }

  private void heard(Message<Object> message) {
    Heartbeat heartbeat;
    try {
      if (!(message.body() instanceof JsonObject json)) {
        throw new BadMessageException("body", "is not a JSON object");
      }
      heartbeat = Heartbeat.fromJson(json);
    } catch (BadMessageException e) {
      // One line per kind of complaint: a bad sender repeats itself twice a second.
      if (complainedAbout.size() < 100 && complainedAbout.add(e.getMessage())) {
        log.warn("heartbeat dropped: {}", e.getMessage());
      }
      return;
    }
    accept(heartbeat, System.nanoTime());
  }

  void accept(Heartbeat heartbeat, long nowNanos) {
    String id = heartbeat.nodeId();
    Node before = nodes.get(id);
    if (before == null && nodes.size() >= MOST_NODES) {
      return;
    }
    nodes.put(id, new Node(heartbeat, nowNanos));
    given.remove(id);
    if (before == null) {
      log.info("node {} heard with {}", id, models(heartbeat));
    } else if (heartbeat.seq() < before.heartbeat.seq()) {
      log.info("node {} was started again", id);
      lossListeners.forEach(l -> l.accept(id));
    }
    if (before == null || !offer(before.heartbeat).equals(offer(heartbeat))) {
      changeListeners.forEach(Runnable::run);
    }
  }

  void sweep(long nowNanos) {
    long heardBefore = nowNanos - Heartbeat.LOST_AFTER_MS * 1_000_000;
    remove(
      node -> node.heardNanos - heardBefore < 0,
      "was not heard for " + Heartbeat.LOST_AFTER_MS + " ms"
    );
  }

  /** A process is no member of the cluster any more. */
  void left(String member) {
    remove(
      node -> node.heartbeat.member().filter(member::equals).isPresent(),
      "has left the cluster"
    );
  }

  private void remove(Predicate<Node> which, String why) {
    List<String> lost = new ArrayList<>();
    nodes.forEach((id, node) -> {
      if (which.test(node) && nodes.remove(id, node)) {
        lost.add(id);
        given.remove(id);
      }
    });
    for (String id : lost) {
      log.warn("node {} {}: gone", id, why);
      lossListeners.forEach(l -> l.accept(id));
    }
    if (!lost.isEmpty()) {
      changeListeners.forEach(Runnable::run);
    }
  }

  private static Set<String> offer(Heartbeat heartbeat) {
    return heartbeat.state() == Heartbeat.State.UP ? models(heartbeat) : Set.of();
  }

  private static Set<String> models(Heartbeat heartbeat) {
    Set<String> models = new HashSet<>();
    heartbeat
      .engines()
      .stream()
      .filter(e -> !e.leaving())
      .forEach(e -> models.add(e.model()));
    return models;
  }
}
