package dev.atrium.launcher;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * One small file per running process, {@code NAME.pid}: process id and moment of start, so that what a
 * killed launcher left behind is found, and a process id that the system has given to somebody else
 * is not mistaken for it.
 */
final class PidFiles {

  private final Path folder;

  PidFiles(Path folder) {
    this.folder = folder;
  }

  /** A process seen at a moment: the same only while both agree. */
  record Seen(String name, long pid, long startedMillis) {
    static Seen of(String name, ProcessHandle handle) {
      return new Seen(name, handle.pid(), started(handle));
    }

    /** The process, if it is still the one that was seen. */
    Optional<ProcessHandle> handle() {
      return ProcessHandle.of(pid).filter(
        h -> h.isAlive() && Math.abs(started(h) - startedMillis) < 2_000
      );
    }

    private static long started(ProcessHandle handle) {
      return handle.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
    }
  }

  void write(String name, ProcessHandle handle) {
    Seen seen = Seen.of(name, handle);
    try {
      Files.createDirectories(folder);
      Files.writeString(file(name), seen.pid() + " " + seen.startedMillis() + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void remove(String name) {
    try {
      Files.deleteIfExists(file(name));
    } catch (IOException e) {
      // A stale file does no harm: the start time will not match.
    }
  }

  /** Everything written and not removed; damaged files are ignored. */
  List<Seen> all() {
    List<Seen> found = new ArrayList<>();
    try (var files = Files.newDirectoryStream(folder, "*.pid")) {
      for (Path file : files) {
        String[] parts = Files.readString(file).trim().split(" ", -1);
        String name = file.getFileName().toString().replaceFirst("\\.pid$", "");
        if (parts.length == 2 && (parts[0] + parts[1]).matches("\\d{1,36}")) {
          found.add(new Seen(name, Long.parseLong(parts[0]), Long.parseLong(parts[1])));
        }
      }
    } catch (NoSuchFileException e) {
      return List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return found;
  }

  /**
   * Stops what a killed launcher left: hubs first, then nodes, then PostgreSQL, each asked, then killed.
   *
   * @return the names of those that were still running
   */
  List<String> stopLeftovers(Duration each) {
    List<Seen> left = all()
      .stream()
      .filter(seen -> seen.handle().isPresent())
      .sorted(Comparator.comparingInt(seen -> stopOrder(seen.name())))
      .toList();
    for (Seen seen : left) {
      Child.signal(seen.pid(), seen.name().equals(PostgresServer.NAME) ? "INT" : "TERM");
    }
    for (Seen seen : left) {
      if (!goneWithin(seen, each)) {
        seen.handle().ifPresent(ProcessHandle::destroyForcibly);
        goneWithin(seen, Duration.ofSeconds(5));
      }
    }
    all().forEach(seen -> remove(seen.name()));
    return left.stream().map(Seen::name).toList();
  }

  private static boolean goneWithin(Seen seen, Duration limit) {
    long end = System.nanoTime() + limit.toNanos();
    // Polling, because the orphan of another parent sends no SIGCHLD to us.
    while (seen.handle().isPresent()) {
      if (System.nanoTime() > end) {
        return false;
      }
      Pause.millis(50);
    }
    return true;
  }

  private static int stopOrder(String name) {
    return name.startsWith("hub") ? 0 : name.startsWith("node") ? 1 : 2;
  }

  private Path file(String name) {
    return folder.resolve(name + ".pid");
  }
}
