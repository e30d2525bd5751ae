package dev.atrium.inference;

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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running node: its engines, its member of the cluster and its heartbeat. It is there as a whole or
 * not at all: nothing is registered before every model is loaded.
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
  private final List<ModelSource> sources;
  private final List<EngineLoop> loops = new ArrayList<>();
  private final List<LoadedEngine> engines = new ArrayList<>();
  private volatile BusEventSink sink;
  private Vertx vertx;
  private HeartbeatVerticle heartbeat;

  private InferenceNode(String nodeId, List<ModelSource> sources) {
    this.nodeId = nodeId;
    this.sources = sources;
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
    InferenceNode node = new InferenceNode(nodeId, sources);
    try {
      node.bringUp(cluster);
      return node;
    } catch (Throwable e) {
      node.close();
      throw e;
    }
  }

  private void bringUp(ClusterConfig cluster) throws Exception {
    Turnstile.PerDevice turnstiles = new Turnstile.PerDevice();
    List<CompletableFuture<ModelInfo>> loading = new ArrayList<>();
    for (ModelSource source : sources) {
      EngineLoop loop = new EngineLoop(
        source.engineId(),
        source.loader(),
        turnstiles,
        this::send,
        LoopConfig.defaults(),
        System::nanoTime
      );
      loops.add(loop);
      loading.add(loop.start());
    }
    Future<Vertx> joining = Cluster.start(cluster);
    for (int i = 0; i < sources.size(); i++) {
      engines.add(engine(sources.get(i), loaded(loading.get(i), joining), loops.get(i)));
    }
    vertx = joining.await();
    sink = new BusEventSink(vertx);
    register();
  }

  private static ModelInfo loaded(CompletableFuture<ModelInfo> loading, Future<Vertx> joining)
    throws Exception {
    try {
      return loading.join();
    } catch (CompletionException e) {
      // Joining takes seconds; who started this process wants to know why at once.
      var _ = joining.onSuccess(Vertx::close);
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
  }

  private static LoadedEngine engine(ModelSource source, ModelInfo model, EngineLoop loop) {
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
    return new LoadedEngine(source.engineId(), source.name(), model, source.config(), loop);
  }

  private void register() {
    PreparedPrompts prepared = new PreparedPrompts(
      PrepareReply.KEPT_MS,
      MAX_PREPARED_TOKENS,
      System::nanoTime
    );
    Future.all(
      engines
        .stream()
        .map(engine -> vertx.deployVerticle(new InferenceVerticle(nodeId, engine, prepared)))
        .toList()
    ).await();
    heartbeat = new HeartbeatVerticle(nodeId, engines);
    vertx.deployVerticle(heartbeat).await();
  }

  List<LoadedEngine> engines() {
    return List.copyOf(engines);
  }

  /** Completes when every engine of this node broke; not when it leaves. */
  CompletableFuture<Void> broken() {
    CompletableFuture<Void> broken = new CompletableFuture<>();
    for (EngineLoop loop : loops) {
      var _ = loop
        .ended()
        .whenComplete((_, _) -> {
          if (loops.stream().allMatch(each -> each.ended().isCompletedExceptionally())) {
            broken.complete(null);
          }
        });
    }
    return broken;
  }

  /**
   * Leaves in order: says so, refuses what is new, lets what runs finish for as long as {@code
   * patience}, fails the rest so that it goes on elsewhere, and leaves the cluster.
   */
  void leave(Duration patience) {
    LOG.info("leaving: {} generations run", running());
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
    return loops
      .stream()
      .map(EngineLoop::status)
      .mapToInt(status -> status.active() + status.waiting())
      .sum();
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
