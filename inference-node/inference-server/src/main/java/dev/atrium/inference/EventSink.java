package dev.atrium.inference;

import dev.atrium.inference.api.GenerationEvent;

/** Where an engine's thread puts events for their owners. It must not block; it may lose them. */
@FunctionalInterface
interface EventSink {
  void send(String owner, GenerationEvent event);
}
