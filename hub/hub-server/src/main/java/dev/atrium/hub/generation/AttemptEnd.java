package dev.atrium.hub.generation;

import dev.atrium.inference.api.GenerationEvent;
import dev.atrium.inference.api.InferenceError;
import dev.atrium.inference.api.Usage;

/** How one attempt on one node ended. */
sealed interface AttemptEnd {
  /** The node says that it is complete. */
  record Complete(GenerationEvent.Reason reason, Usage usage) implements AttemptEnd {}

  /** The node says that it can't go on. */
  record Broken(InferenceError error) implements AttemptEnd {}

  /** The node is gone, or has forgotten the attempt. */
  record Lost() implements AttemptEnd {}

  /** The reader stopped it and the node did not confirm in time. */
  record Abandoned() implements AttemptEnd {}

  /** This hub leaves: another takes the attempt over as it is. */
  record HandedOver() implements AttemptEnd {}

  /** Nothing more may be written by this hub. */
  record Fenced(Throwable cause) implements AttemptEnd {}
}
