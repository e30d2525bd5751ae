package dev.atrium.inference;

import dev.atrium.engine.EngineStatus;
import dev.atrium.engine.ModelInfo;
import dev.atrium.inference.api.GenerationEvent;
import dev.atrium.inference.api.PrepareReply;
import dev.atrium.inference.api.cluster.Cluster;
import dev.atrium.inference.api.cluster.ClusterConfig;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running node: its engines, its member of the cluster and its heartbeat. It begins as a whole or not
 * at all: nothing is registered before every model is loaded. Later, models come and go.
 */
final class InferenceNode {

  private static final Logger LOG = LoggerFactory.getLogger(InferenceNode.class);
  /** How many tokens of prepared prompts a node keeps for all its engines together. */
  private static final long MAX_PREPARED_TOKENS = 2_000_000;
  /**
   * How long a leaving node waits for its last events to be acknowledged: if their owner is gone too,
   * another hub asks for them when the owner's lease has run out, after four seconds.
   */
  private static final Duration LAST_ACKS = Duration.ofSeconds(6);

  private final String nodeId;
  private final Turnstile.PerDevice turnstiles = new Turnstile.PerDevice();
  private final PreparedPrompts prepared = new PreparedPrompts(
    PrepareReply.KEPT_MS,
    MAX_PREPARED_TOKENS,
    System::nanoTime
  );
  private final List<EngineLoop> loops = new CopyOnWriteArrayList<>();
  private final List<LoadedEngine> engines = new CopyOnWriteArrayList<>();
  private final Map<LoadedEngine, String> deployments = new ConcurrentHashMap<>();
  private final CompletableFuture<Void> broken = new CompletableFuture<>();
  private volatile BusEventSink sink;
  private volatile boolean left;
  private Vertx vertx;
  private HeartbeatVerticle heartbeat;

  private InferenceNode(String nodeId) {
    this.nodeId = nodeId;
  }

  /**
   * Loads the models while it joins the cluster, then registers the addresses; blocks until hubs may
   * send.
   *
   * @throws dev.atrium.engine.model.ModelLoadException if a model can't be loaded
   * @throws Exception if the cluster can't be joined; {@link Cluster#portTaken} tells one reason
   */
  static InferenceNode start(String nodeId, ClusterConfig cluster, List<ModelSource> sources)
    throws Exception {
    InferenceNode node = new InferenceNode(nodeId);
    try {
      node.bringUp(cluster, sources);
      return node;
    } catch (Throwable e) {
      node.close();
      throw e;
    }
  }

  private void bringUp(ClusterConfig cluster, List<ModelSource> sources) throws Exception {
    Future<Vertx> joining = Cluster.start(cluster);
    List<LoadedEngine> first = new ArrayList<>();
    try {
      // One after the other: each is planned for the memory that those before it have left.
      for (ModelSource source : sources) {
        first.add(engine(source));
      }
    } catch (Throwable e) {
      // Joining takes seconds; who started this process wants to know why at once.
      var _ = joining.onSuccess(Vertx::close);
      throw e;
    }
    vertx = joining.await();
    Cluster.onEnded(vertx, this::expelled);
    sink = new BusEventSink(vertx);
    Future.all(first.stream().map(this::register).toList()).await();
    engines.addAll(first);
    heartbeat = new HeartbeatVerticle(nodeId, this::engines);
    vertx.deployVerticle(heartbeat).await();
  }

  private void expelled() {
    LOG.error(
      "no member of the cluster any more, for Hazelcast ended itself: nobody can ask this node"
    );
    broken.complete(null);
  }

  private LoadedEngine engine(ModelSource source) throws Exception {
    EngineLoop loop = new EngineLoop(
      source.engineId(),
      source.loader(),
      turnstiles,
      this::send,
      LoopConfig.defaults(),
      System::nanoTime
    );
    loops.add(loop);
    ModelInfo model;
    try {
      model = loop.start().join();
    } catch (CompletionException e) {
      loops.remove(loop);
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
    LOG.info(
      "loaded {} ({} parameters, {}, {}, {}, context {}, revision {})",
      source.name(),
      model.parameters(),
      model.precision().label(),
      model.memory().words(),
      model.device(),
      model.contextLength(),
      model.revision()
    );
    var _ = loop.ended().whenComplete((_, _) -> watch());
    return new LoadedEngine(
      source.engineId(),
      source.name(),
      source.directory(),
      model,
      source.config(),
      loop
    );
  }

  /** Completes when the whole cluster knows its addresses. */
  private Future<Void> register(LoadedEngine engine) {
    return vertx
      .deployVerticle(new InferenceVerticle(nodeId, engine, prepared))
      .onSuccess(id -> deployments.put(engine, id))
      .mapEmpty();
  }

  /** Those that are announced, leaving ones included. */
  List<LoadedEngine> engines() {
    return List.copyOf(engines);
  }

  /**
   * Loads one more model; blocks until hubs may ask it. The others go on meanwhile.
   *
   * @throws dev.atrium.engine.model.ModelLoadException if it can't be loaded
   * @throws Exception if it broke while it was loaded
   */
  void load(ModelSource source) throws Exception {
    LoadedEngine engine = engine(source);
    if (left) {
      engine.loop().close();
      return;
    }
    register(engine).await();
    engines.add(engine);
    heartbeat.changed();
  }

  /**
   * Unloads a model: refuses what is new, lets what runs finish for as long as {@code patience}, fails
   * the rest so that it goes on elsewhere, and gives its memory back. Blocks until then.
   */
  void unload(LoadedEngine engine, Duration patience) {
    EngineLoop loop = engine.loop();
    LOG.info("unloading {}: {} generations run", engine.name(), running(loop));
    loop.leave();
    heartbeat.changed();
    waitFor(patience, () -> running(loop) == 0 || loop.ended().isDone());
    loop.evict();
    waitFor(LAST_ACKS, () -> loop.idle() || loop.ended().isDone());
    engines.remove(engine);
    heartbeat.changed();
    String deployment = deployments.remove(engine);
    if (deployment != null && !left) {
      vertx.undeploy(deployment).await();
    }
    loops.remove(loop);
    loop.close();
    var _ = loop
      .ended()
      .handle((_, _) -> null)
      .join();
    LOG.info("unloaded {}", engine.name());
  }

  /**
   * Completes when every engine of this node broke, or it is no member of the cluster any more; not
   * when it leaves, nor when it has no engine.
   */
  CompletableFuture<Void> broken() {
    watch();
    return broken;
  }

  private void watch() {
    if (
      !loops.isEmpty() && loops.stream().allMatch(loop -> loop.ended().isCompletedExceptionally())
    ) {
      broken.complete(null);
    }
  }

  /**
   * Leaves in order: says so, refuses what is new, lets what runs finish for as long as {@code
   * patience}, fails the rest so that it goes on elsewhere, and leaves the cluster.
   */
  void leave(Duration patience) {
    LOG.info("leaving: {} generations run", running());
    left = true;
    heartbeat.leave();
    loops.forEach(EngineLoop::leave);
    if (!waitFor(patience, () -> running() == 0)) {
      LOG.info("leaving: {} generations go on elsewhere", running());
    }
    loops.forEach(EngineLoop::evict);
    waitFor(LAST_ACKS, () -> loops.stream().allMatch(EngineLoop::idle));
    close();
    LOG.info("left");
  }

  private int running() {
    return engines.stream().map(LoadedEngine::loop).mapToInt(InferenceNode::running).sum();
  }

  private static int running(EngineLoop loop) {
    EngineStatus status = loop.status();
    return status.active() + status.waiting();
  }

  private static boolean waitFor(Duration patience, BooleanSupplier done) {
    long until = System.nanoTime() + patience.toNanos();
    while (!done.getAsBoolean()) {
      if (System.nanoTime() - until >= 0) {
        return false;
      }
      try {
        Thread.sleep(20);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
    return true;
  }

  private void close() {
    loops.forEach(EngineLoop::close);
    if (vertx != null) {
      try {
        vertx.close().await(10, TimeUnit.SECONDS);
      } catch (TimeoutException | RuntimeException e) {
        LOG.warn("the cluster was left without its goodbye", e);
      }
    }
  }

  private void send(String owner, GenerationEvent event) {
    sink.send(owner, event);
  }
}
