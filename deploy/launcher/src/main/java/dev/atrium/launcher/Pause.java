package dev.atrium.launcher;

/** Waiting without checked exceptions: an interrupt ends the wait and is kept for the caller. */
final class Pause {

  private Pause() {}

  static void millis(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
