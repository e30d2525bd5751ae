package dev.atrium.stress.system;

import dev.atrium.stress.system.SystemFile.Member;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What a process holds of the machine.
 *
 * @param threads of the kernel
 * @param virtualThreads of a JVM, started and not ended; answers are conducted on such
 * @param sockets open ones of any kind
 */
public record Held(int threads, int virtualThreads, int sockets) {
  /** What one process holds now. */
  public static Held by(long pid) {
    return new Held(
      ProcessFigures.threads(pid),
      ProcessFigures.virtualThreads(pid),
      ProcessFigures.sockets(pid)
    );
  }

  /** What each hub and node holds now, by its name: whoever is started again bears the same. */
  public static Map<String, Held> byAll(SystemFile system) {
    Map<String, Held> all = new HashMap<>();
    Stream.concat(system.hubs().stream(), system.nodes().stream())
      .filter(member -> member.pid() > 0)
      .forEach((Member member) -> all.put(member.id(), by(member.pid())));
    return all;
  }
}
