package dev.atrium.launcher;

import java.io.PrintStream;

/**
 * What the person at the keyboard reads. Progress is always shown; the processes' logs only once
 * {@link #follow} was called, so that the first screen stays readable.
 */
final class Console {

  private final PrintStream out;
  private volatile boolean following;

  Console(PrintStream out) {
    this.out = out;
  }

  /** One line from the launcher itself. */
  void say(String line) {
    synchronized (out) {
      out.println(line);
      out.flush();
    }
  }

  /** One line of a process's log; dropped here (never in its file) until following. */
  void log(String name, String line) {
    if (following) {
      say("%-8s | %s".formatted(name, line));
    }
  }

  void follow() {
    following = true;
  }

  /** Lets go of the terminal: nothing is written after this. */
  void detach() {
    following = false;
    out.close();
    // The same pipe: whoever reads it waits until both are closed.
    System.err.close();
  }
}
