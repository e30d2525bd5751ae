package dev.atrium.inference;

import dev.atrium.engine.EngineConfig;
import dev.atrium.engine.ModelInfo;
import dev.atrium.inference.api.EngineStatus;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A model of this node that is loaded and may be asked.
 *
 * @param engineId part of its addresses, unique in the node
 * @param name what users choose it by
 * @param directory where it lies; empty if it was made otherwise
 */
record LoadedEngine(
  String engineId,
  String name,
  Optional<Path> directory,
  ModelInfo model,
  EngineConfig config,
  EngineLoop loop
) {
  EngineStatus status() {
    dev.atrium.engine.EngineStatus load = loop.status();
    return new EngineStatus(
      engineId,
      name,
      model.kind(),
      model.revision(),
      model.device(),
      model.precision().label(),
      model.contextLength(),
      load.active(),
      load.waiting(),
      config.maxBatch(),
      config.maxWaiting(),
      load.freeCacheTokens(),
      loop.leaving()
    );
  }
}
