package dev.atrium.inference;

/** One attempt of one generation: what everything on a node is kept by. */
record AttemptKey(String generationId, int attempt) {
  /** The name that the engine knows one of its answers by. */
  String sequenceId(int choice) {
    return this + "#" + choice;
  }

  @Override
  public String toString() {
    return generationId + "/" + attempt;
  }
}
