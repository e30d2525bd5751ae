package dev.atrium.engine;

/** Why an answer ended in order. */
public enum FinishReason {
  /** The model ended it, or a stop string was reached. */
  STOP,
  /** It reached its maximum length, or the end of the context. */
  LENGTH,
  /** {@link LlmEngine#cancel} was called. */
  CANCELLED,
}
