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
import java.util.stream.Stream;

/**
 * Processes that were ended and are not back yet. One is back when its log says that it is ready and
 * hubs and nodes have heard of each other: until then the loss of another is not the only one.
 */
final class Fallen {

  private static final long POLL_MILLIS = 100;
  /** The cluster still hands partitions to whoever has joined. */
  private static final long SETTLED_MILLIS = 1_500;
  private static final int MOST_BYTES = 1 << 20;

  /** Who fell, and how long the logs were just then. */
  private final Map<String, Map<String, Long>> logs = new HashMap<>();
  private final RunningSystem system;

  Fallen(RunningSystem system) {
    this.system = system;
  }

  void add(Member member) {
    Map<String, Long> lengths = new HashMap<>();
    Stream.concat(ids(system.now().hubs()), Stream.of(member.id())).forEach(id ->
      lengths.put(id, size(system.log(id)))
    );
    logs.put(member.id(), lengths);
  }

  /** Those of them that stand. */
  List<Member> standing(List<Member> members) {
    return members
      .stream()
      .filter(m -> m.pid() > 0 && !logs.containsKey(m.id()))
      .toList();
  }

  /** Looks who is back; waits a moment for whoever is. */
  void welcomeBack() {
    boolean anyBack = false;
    for (String member : List.copyOf(logs.keySet())) {
      if (isBack(member, logs.get(member))) {
        logs.remove(member);
        anyBack = true;
      }
    }
    if (anyBack) {
      Pause.millis(SETTLED_MILLIS);
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

  private boolean isBack(String member, Map<String, Long> lengths) {
    String own = since(member, lengths);
    if (!isReady(own)) {
      return false;
    }
    SystemFile now = system.now();
    if (ids(now.hubs()).anyMatch(member::equals)) {
      return ids(standing(now.nodes())).allMatch(node -> hears(own, node));
    }
    return (
      ids(now.nodes()).noneMatch(member::equals) ||
      ids(standing(now.hubs())).allMatch(hub -> hears(since(hub, lengths), member))
    );
  }

  private static boolean isReady(String log) {
    return (
      log.startsWith("ready ") || log.contains("\nready ") || log.contains("ready to accept")
    );
  }

  /** By the words of the hub's NodeDirectory. */
  private static boolean hears(String log, String node) {
    return (
      log.contains("node " + node + " heard with") ||
      log.contains("node " + node + " was started again")
    );
  }

  private static Stream<String> ids(List<Member> members) {
    return members.stream().map(Member::id);
  }

  private String since(String member, Map<String, Long> lengths) {
    Path log = system.log(member);
    long before = lengths.getOrDefault(member, 0L);
    long from = size(log) < before ? 0 : before;
    try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
      file.seek(from);
      byte[] rest = new byte[(int) Math.min(MOST_BYTES, file.length() - from)];
      file.readFully(rest);
      return new String(rest, StandardCharsets.UTF_8);
    } catch (IOException _) {
      return "";
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
