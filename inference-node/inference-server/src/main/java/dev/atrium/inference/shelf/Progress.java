package dev.atrium.inference.shelf;

import java.io.PrintWriter;
import java.util.Locale;

/** Shows how far a file has come: in one line that changes, or where nobody looks, a line a file. */
final class Progress {

  private static final long BETWEEN_NANOS = 200_000_000;

  private final PrintWriter out;
  private final boolean live;
  private String name = "";
  private long size;
  private long shownAt;

  /** @param live whether a line can be written over */
  Progress(PrintWriter out, boolean live) {
    this.out = out;
    this.live = live;
  }

  void begin(String file, long bytes) {
    name = file;
    size = bytes;
    shownAt = 0;
  }

  void at(long bytes) {
    long now = System.nanoTime();
    if (live && now - shownAt > BETWEEN_NANOS) {
      shownAt = now;
      out.printf(
        Locale.ROOT,
        "\r%-40s %5.1f %% of %s ",
        name,
        size == 0 ? 100.0 : (100.0 * bytes) / size,
        bytes(size)
      );
      out.flush();
    }
  }

  void end() {
    out.printf(
      Locale.ROOT,
      "%s%-40s %s%n",
      live ? "\r" : "",
      name,
      live ? bytes(size) + "          " : bytes(size)
    );
    out.flush();
  }

  static String bytes(long bytes) {
    if (bytes < 10_000) {
      return bytes + " B";
    }
    return bytes < 1e8
      ? String.format(Locale.ROOT, "%.1f MB", bytes / 1e6)
      : String.format(Locale.ROOT, "%.2f GB", bytes / 1e9);
  }
}
