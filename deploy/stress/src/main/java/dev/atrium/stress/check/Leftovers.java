package dev.atrium.stress.check;

import dev.atrium.stress.figures.Violations;
import dev.atrium.stress.figures.Violations.Kind;
import dev.atrium.stress.system.Held;
import dev.atrium.stress.system.ProcessFigures;
import dev.atrium.stress.system.SystemFile;
import java.net.URI;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * What must not be left over once everybody has hung up: generations, leases, sockets and threads.
 * Reservations are in the {@link Books}.
 */
final class Leftovers {

  /** Pools fill up under load, to fifty at most; a thread left behind by each answer is more. */
  private static final int MORE_THREADS = 60;
  /** A few serve timers and heartbeats; each answer has one while it is written. */
  private static final int MORE_VIRTUAL_THREADS = 10;
  /** A hub's connections to the database, all of them, and a few to members that came back. */
  private static final int MORE_SOCKETS = 30;

  private static final String RUNNING = """
    SELECT id, status, coalesce(owner, 'nobody') FROM generation
    WHERE user_id = ANY (?) AND finished_at IS NULL
    """;
  private static final String LEASES =
    "SELECT hub_id, expires_at::text, expires_at < clock_timestamp() FROM hub_lease";

  private Leftovers() {}

  static void check(
    Connection db,
    Collection<UUID> people,
    SystemFile system,
    Violations violations
  ) throws SQLException {
    Query.run(db, RUNNING, people, row ->
      "generation %s is %s, owned by %s".formatted(
        row.getString(1),
        row.getString(2),
        row.getString(3)
      )
    ).forEach(text -> violations.add(Kind.LEAK, "%s", text));
    Set<String> hubs = system
      .hubs()
      .stream()
      .filter(hub -> hub.pid() > 0)
      .map(SystemFile.Member::id)
      .collect(Collectors.toSet());
    Query.run(db, LEASES, List.of(), row ->
      row.getBoolean(3) || !hubs.contains(row.getString(1))
        ? "the lease of %s, valid until %s, is nobody's".formatted(
          row.getString(1),
          row.getString(2)
        )
        : ""
    )
      .stream()
      .filter(text -> !text.isEmpty())
      .forEach(text -> violations.add(Kind.LEAK, "%s", text));
  }

  /** Sockets that a hub still holds, and what any process holds that it did not hold before. */
  static void check(SystemFile system, Map<String, Held> before, Violations violations) {
    for (SystemFile.Member hub : system.hubs()) {
      int sockets = ProcessFigures.connections(URI.create(hub.address()).getPort());
      if (sockets > 0) {
        violations.add(Kind.LEAK, "%s still has %d connections", hub.id(), sockets);
      }
    }
    int shared = ProcessFigures.connections(URI.create(system.address()).getPort());
    if (shared > 0) {
      violations.add(Kind.LEAK, "the shared port still has %d connections", shared);
    }
    Held.byAll(system).forEach((member, now) -> {
        Held then = before.getOrDefault(member, now);
        boolean more =
          now.threads() > then.threads() + MORE_THREADS ||
          now.virtualThreads() > then.virtualThreads() + MORE_VIRTUAL_THREADS ||
          now.sockets() > then.sockets() + MORE_SOCKETS;
        if (more) {
          violations.add(Kind.LEAK, "%s held %s and holds %s", member, then, now);
        }
      });
  }
}
