package dev.atrium.engine;

/** Hears what happens to sequences, on the engine's thread: it must not block. */
@FunctionalInterface
public interface EngineListener {
  void on(EngineEvent event);
}
