package dev.atrium.stress.system;

import dev.atrium.stress.system.SystemFile.Member;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Processes that were ended and are not back yet: one is when its log says that it is ready. */
final class Fallen {

  /** From a process's word that it is ready until the others have heard of it. */
  static final long HEARD_MILLIS = 1_500;
  private static final long POLL_MILLIS = 100;

  /** The log was so long when its process fell. */
  private final Map<String, Long> logs = new HashMap<>();
  private final RunningSystem system;

  Fallen(RunningSystem system) {
    this.system = system;
  }

  void add(Member member) {
    logs.put(member.id(), size(system.log(member.id())));
  }

  /** Those of them that stand. */
  List<Member> standing(List<Member> members) {
    return members
      .stream()
      .filter(m -> m.pid() > 0 && !logs.containsKey(m.id()))
      .toList();
  }

  /** Looks who is back; waits a moment for whoever is, so that the others know. */
  void welcomeBack() {
    boolean anyBack = logs
      .entrySet()
      .removeIf(entry -> isBack(system.log(entry.getKey()), entry.getValue()));
    if (anyBack) {
      Pause.millis(HEARD_MILLIS);
    }
  }

  /** Waits until everybody is back; false if that takes too long. */
  boolean awaitAllBack(Duration limit) {
    long end = System.nanoTime() + limit.toNanos();
    while (!logs.isEmpty()) {
      if (System.nanoTime() > end) {
        return false;
      }
      welcomeBack();
      Pause.millis(POLL_MILLIS);
    }
    return true;
  }

  private static boolean isBack(Path log, long logBytes) {
    long from = size(log) < logBytes ? 0 : logBytes;
    try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
      file.seek(from);
      byte[] rest = new byte[(int) Math.min(1 << 20, file.length() - from)];
      file.readFully(rest);
      String text = new String(rest, StandardCharsets.UTF_8);
      return (
        text.startsWith("ready ") || text.contains("\nready ") || text.contains("ready to accept")
      );
    } catch (IOException _) {
      return false;
    }
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException _) {
      return 0;
    }
  }
}
