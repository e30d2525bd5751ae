package dev.atrium.engine.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * How much memory this process may still take: what Linux calls available, or what is left of the
 * limit of its control group if that is less. Pages of files don't count as taken.
 */
public final class FreeMemory {

  private final Path root;

  /** @param root {@code /} but in tests */
  FreeMemory(Path root) {
    this.root = root;
  }

  /** Now, on this machine; without bounds where nobody tells. */
  public static long bytes() {
    return new FreeMemory(Path.of("/")).read();
  }

  long read() {
    long limit = number("sys/fs/cgroup/memory.max");
    long left = limit == Long.MAX_VALUE ? limit : limit - usedByGroup();
    return Math.max(0, Math.min(field("proc/meminfo", "MemAvailable:", 1024), left));
  }

  /** Without the pages of files, which give way. */
  private long usedByGroup() {
    long used = number("sys/fs/cgroup/memory.current");
    long files = field("sys/fs/cgroup/memory.stat", "inactive_file", 1);
    return used == Long.MAX_VALUE ? 0 : used - (files == Long.MAX_VALUE ? 0 : files);
  }

  private long number(String file) {
    try {
      String text = Files.readString(root.resolve(file)).strip();
      return text.equals("max") ? Long.MAX_VALUE : Long.parseLong(text);
    } catch (IOException | NumberFormatException _) {
      return Long.MAX_VALUE;
    }
  }

  private long field(String file, String name, long unit) {
    try {
      for (String line : Files.readAllLines(root.resolve(file))) {
        String[] words = line.strip().split("\\s+");
        if (words.length > 1 && words[0].equals(name)) {
          return Long.parseLong(words[1]) * unit;
        }
      }
      return Long.MAX_VALUE;
    } catch (IOException | NumberFormatException _) {
      return Long.MAX_VALUE;
    }
  }
}
