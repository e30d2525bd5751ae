package dev.atrium.inference;

import dev.atrium.inference.api.EngineStatus;
import dev.atrium.inference.api.Heartbeat;
import dev.atrium.inference.api.InferenceAddresses;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.List;

/**
 * Publishes the node's sign of life, at once and then every {@link Heartbeat#INTERVAL_MS}. An engine
 * that broke is left out, so that nobody sends it work.
 */
final class HeartbeatVerticle extends VerticleBase {

  private final String nodeId;
  private final List<LoadedEngine> engines;
  private long seq;
  private volatile boolean leaving;

  HeartbeatVerticle(String nodeId, List<LoadedEngine> engines) {
    this.nodeId = nodeId;
    this.engines = List.copyOf(engines);
  }

  @Override
  public Future<?> start() {
    beat();
    vertx.setPeriodic(Heartbeat.INTERVAL_MS, _ -> beat());
    return Future.succeededFuture();
  }

  /** Any thread: says at once, and from now on, that the node is leaving. */
  void leave() {
    leaving = true;
    context.runOnContext(_ -> beat());
  }

  private void beat() {
    List<EngineStatus> working = engines
      .stream()
      .filter(engine -> !engine.loop().ended().isDone())
      .map(LoadedEngine::status)
      .toList();
    Heartbeat.State state = leaving ? Heartbeat.State.LEAVING : Heartbeat.State.UP;
    vertx
      .eventBus()
      .publish(InferenceAddresses.HEARTBEAT, new Heartbeat(nodeId, ++seq, state, working).toJson());
  }
}
