package dev.atrium.stress.system;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What Linux tells about a process, and about the connections of this machine. */
public final class ProcessFigures {

  /** Established, and closed by the other end alone. */
  private static final Set<String> OPEN = Set.of("01", "08");
  private static final Pattern VIRTUAL = Pattern.compile("^#\\d+ \".*\" virtual");
  private static final Duration ANSWERED_WITHIN = Duration.ofSeconds(30);
  private static final Pattern USED = Pattern.compile("\\bused (\\d+)K");

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

  /** Virtual threads of a JVM that were started and have not ended; 0 if it doesn't say. */
  public static int virtualThreads(long pid) {
    Path file = Path.of(System.getProperty("java.io.tmpdir"), "threads-" + UUID.randomUUID());
    try {
      ask(pid, "Thread.dump_to_file", file.toString());
      return (int) lines(file)
        .stream()
        .filter(line -> VIRTUAL.matcher(line).find())
        .count();
    } finally {
      delete(file);
    }
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sockets that a process has open, of any kind. */
  public static int sockets(long pid) {
    int count = 0;
    Path folder = Path.of("/proc", Long.toString(pid), "fd");
    try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(folder)) {
      for (Path descriptor : descriptors) {
        count += target(descriptor).startsWith("socket:") ? 1 : 0;
      }
    } catch (IOException _) {
      // The process is gone.
    }
    return count;
  }

  private static String target(Path link) {
    try {
      return Files.readSymbolicLink(link).toString();
    } catch (IOException _) {
      return "";
    }
  }

  /** Connections whose own end is this port and was not closed, whether or not the other end was. */
  public static int connections(int port) {
    int count = 0;
    for (String table : List.of("tcp", "tcp6")) {
      for (String line : lines(Path.of("/proc/net", table))) {
        String[] fields = line.strip().split("\\s+", -1);
        boolean counts =
          fields.length > 3 &&
          fields[1].endsWith(":%04X".formatted(port)) &&
          OPEN.contains(fields[3]);
        count += counts ? 1 : 0;
      }
    }
    return count;
  }

  /** Asks a JVM to collect its garbage, so that what it holds can be told from what lies about. */
  public static void collectGarbage(long pid) {
    ask(pid, "GC.run");
  }

  /** What a JVM's heap holds, in KiB, garbage included; 0 if it doesn't say. */
  public static long heapKib(long pid) {
    Matcher used = USED.matcher(ask(pid, "GC.heap_info"));
    return used.find() ? Long.parseLong(used.group(1)) : 0;
  }

  private static String ask(long pid, String... command) {
    Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
    try {
      List<String> words = new ArrayList<>(List.of(jcmd.toString(), Long.toString(pid)));
      words.addAll(List.of(command));
      Process asked = new ProcessBuilder(words).redirectErrorStream(true).start();
      // A JVM that hangs never answers, and the end of its output is what is waited for.
      var _ = asked
        .onExit()
        .orTimeout(ANSWERED_WITHIN.toSeconds(), TimeUnit.SECONDS)
        .exceptionally(_ -> asked.destroyForcibly());
      return new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException _) {
      // Then the figure is larger than it would have to be, or missing.
      return "";
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
