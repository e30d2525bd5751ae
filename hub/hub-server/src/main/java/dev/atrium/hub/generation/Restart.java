package dev.atrium.hub.generation;

/**
 * Hub and node were lost together, and the answer was written anew from what was stored.
 *
 * @param epoch the first epoch of the new text
 * @param position code points that older readers may keep; what they hold beyond was never stored
 */
record Restart(int epoch, int position) {
  /** How much of an answer a reader of {@code readerEpoch} may keep, of {@code length} in all. */
  int kept(int readerEpoch, int length) {
    return readerEpoch < epoch ? Math.min(position, length) : length;
  }

  /** One that holds for the readers of both. */
  Restart and(int laterEpoch, int laterPosition) {
    return new Restart(laterEpoch, Math.min(position, laterPosition));
  }
}
