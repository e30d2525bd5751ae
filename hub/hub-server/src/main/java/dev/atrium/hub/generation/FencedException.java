package dev.atrium.hub.generation;

/** Another hub owns this generation by now, or it has ended: nothing was written. */
final class FencedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  FencedException(Guard guard) {
    super("generation " + guard.generationId() + " is no longer ours", null, false, false);
  }
}
