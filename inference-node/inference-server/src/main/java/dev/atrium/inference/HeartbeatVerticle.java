package dev.atrium.inference;

import dev.atrium.inference.api.EngineStatus;
import dev.atrium.inference.api.Heartbeat;
import dev.atrium.inference.api.InferenceAddresses;
import dev.atrium.inference.api.cluster.Cluster;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Publishes the node's sign of life, at once and then every {@link Heartbeat#INTERVAL_MS}. An engine
 * that broke is left out, so that nobody sends it work.
 */
final class HeartbeatVerticle extends VerticleBase {

  private final String nodeId;
  private final Supplier<List<LoadedEngine>> engines;
  private Optional<String> member = Optional.empty();
  private long seq;
  private volatile boolean leaving;

  /** @param engines those of the moment, from any thread */
  HeartbeatVerticle(String nodeId, Supplier<List<LoadedEngine>> engines) {
    this.nodeId = nodeId;
    this.engines = engines;
  }

  @Override
  public Future<?> start() {
    member = vertx.isClustered() ? Optional.of(Cluster.memberOf(vertx)) : Optional.empty();
    beat();
    vertx.setPeriodic(Heartbeat.INTERVAL_MS, _ -> beat());
    return Future.succeededFuture();
  }

  /** Any thread: says at once, and from now on, that the node is leaving. */
  void leave() {
    leaving = true;
    changed();
  }

  /** Any thread: says at once what there is now. */
  void changed() {
    context.runOnContext(_ -> beat());
  }

  private void beat() {
    List<EngineStatus> working = engines
      .get()
      .stream()
      .filter(engine -> !engine.loop().ended().isDone())
      .map(LoadedEngine::status)
      .toList();
    Heartbeat.State state = leaving ? Heartbeat.State.LEAVING : Heartbeat.State.UP;
    Heartbeat heartbeat = new Heartbeat(nodeId, member, ++seq, state, working);
    vertx.eventBus().publish(InferenceAddresses.HEARTBEAT, heartbeat.toJson());
  }
}
