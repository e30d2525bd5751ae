package dev.atrium.inference;

/** One attempt of one generation: what everything on a node is kept by. */
record AttemptKey(String generationId, int attempt) {
  /** The name that the engine knows it by. */
  String sequenceId() {
    return generationId + "/" + attempt;
  }

  @Override
  public String toString() {
    return sequenceId();
  }
}
