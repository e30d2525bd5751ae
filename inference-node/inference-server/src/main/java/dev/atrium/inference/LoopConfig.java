package dev.atrium.inference;

import dev.atrium.inference.api.Allow;
import java.time.Duration;

/**
 * The waits and bounds of an {@link EngineLoop}.
 *
 * @param inbox most commands that wait for the engine's thread
 * @param merge for how long text is gathered before it is sent
 * @param ownerSilence after this long without a word from the owner an attempt is aborted
 * @param keepEnded how long the events of an ended attempt wait for their acknowledgement
 * @param maxKeptEvents most events of one attempt that wait for their acknowledgement
 * @param warmUp for how long a model that was just loaded may talk to itself, so that the first
 *     person does not wait for the JVM's compiler; zero for not at all
 */
record LoopConfig(
  int inbox,
  Duration merge,
  Duration ownerSilence,
  Duration keepEnded,
  int maxKeptEvents,
  Duration warmUp
) {
  static LoopConfig defaults() {
    return new LoopConfig(
      4_096,
      Duration.ofMillis(30),
      Duration.ofMillis(Allow.OWNER_SILENCE_MS),
      Duration.ofSeconds(60),
      65_536,
      Duration.ofMillis(600)
    );
  }
}
