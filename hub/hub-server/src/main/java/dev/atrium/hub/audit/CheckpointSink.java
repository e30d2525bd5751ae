package dev.atrium.hub.audit;

import dev.atrium.audit.Anchor;
import io.vertx.core.Future;
import java.util.List;

/** A place off the host where checkpoints are written. */
interface CheckpointSink {
  /** What it is called in logs and in the database; no secret in it, and the same after a restart. */
  String name();

  /**
   * Writes some, the oldest first. Completes when they are there, as far as can be known; after a failure
   * some of them may be there, and all of them are written again.
   */
  Future<Void> write(List<Anchor> anchors);
}
