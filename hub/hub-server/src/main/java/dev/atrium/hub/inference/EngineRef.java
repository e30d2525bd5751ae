package dev.atrium.hub.inference;

import dev.atrium.inference.api.EngineStatus;

/** One engine on one node as its last heartbeat told it. */
public record EngineRef(String nodeId, EngineStatus status) {
  /** Where to speak to it. */
  public EngineAddress address() {
    return new EngineAddress(nodeId, engineId());
  }

  /** The engine's name on its node. */
  public String engineId() {
    return status.engineId();
  }

  /** Only an engine of the same revision may continue an answer. */
  public String revision() {
    return status.revision();
  }

  /**
   * Rows in use and waiting per row that it can compute; smaller is freer.
   *
   * @param more rows that it was given since it told of itself
   */
  double load(int more) {
    return (status.active() + status.waiting() + more) / (double) status.maxBatch();
  }

  boolean full() {
    return status.waiting() >= status.maxWaiting() && status.active() >= status.maxBatch();
  }
}
