package dev.atrium.stress.system;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What Linux tells about a process, and about the connections of this machine. */
public final class ProcessFigures {

  private static final int ESTABLISHED = 1;

  private ProcessFigures() {}

  /** Resident set in KiB; 0 if the process is gone. */
  public static long residentKib(long pid) {
    return status(pid, "VmRSS:");
  }

  /** Threads; 0 if the process is gone. */
  public static int threads(long pid) {
    return (int) status(pid, "Threads:");
  }

  private static long status(long pid, String field) {
    return lines(Path.of("/proc", Long.toString(pid), "status"))
      .stream()
      .filter(line -> line.startsWith(field))
      .map(line -> line.substring(field.length()).replace("kB", "").strip())
      .mapToLong(Long::parseLong)
      .findFirst()
      .orElse(0);
  }

  /** Established connections whose own end is this port. */
  public static int connections(int port) {
    int count = 0;
    for (String table : List.of("tcp", "tcp6")) {
      for (String line : lines(Path.of("/proc/net", table))) {
        String[] fields = line.strip().split("\\s+", -1);
        boolean counts =
          fields.length > 3 &&
          fields[1].endsWith(":%04X".formatted(port)) &&
          fields[3].equals("%02X".formatted(ESTABLISHED));
        count += counts ? 1 : 0;
      }
    }
    return count;
  }

  /** Asks a JVM to collect its garbage, so that what it holds can be told from what lies about. */
  public static void collectGarbage(long pid) {
    Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
    try {
      new ProcessBuilder(jcmd.toString(), Long.toString(pid), "GC.run")
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
    } catch (IOException _) {
      // Then the figure is larger than it would have to be.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException _) {
      return List.of();
    }
  }
}
