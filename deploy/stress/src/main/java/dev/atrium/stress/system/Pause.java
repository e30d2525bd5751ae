package dev.atrium.stress.system;

/** Waiting. */
public final class Pause {

  private Pause() {}

  /** Sleeps; an interrupt ends it early and stays set. */
  public static void millis(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
