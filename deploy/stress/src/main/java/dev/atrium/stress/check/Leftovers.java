package dev.atrium.stress.check;

import dev.atrium.stress.figures.Violations;
import dev.atrium.stress.figures.Violations.Kind;
import dev.atrium.stress.system.ProcessFigures;
import dev.atrium.stress.system.SystemFile;
import java.net.URI;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** What must not be left over once everybody has hung up. */
final class Leftovers {

  /** Pools fill up under load, to fifty at most; a thread left behind by each answer is more. */
  private static final int MORE_THREADS = 60;

  private static final String RUNNING = """
    SELECT id, status, coalesce(owner, 'nobody') FROM generation
    WHERE user_id = ANY (?) AND finished_at IS NULL
    """;
  private static final String LEASES = """
    SELECT hub_id, expires_at::text FROM hub_lease
    WHERE expires_at < clock_timestamp() - interval '20 seconds'
    """;

  private Leftovers() {}

  static void check(Connection db, Collection<UUID> people, Violations violations)
    throws SQLException {
    Query.run(db, RUNNING, people, row ->
      "generation %s is %s, owned by %s".formatted(
        row.getString(1),
        row.getString(2),
        row.getString(3)
      )
    ).forEach(text -> violations.add(Kind.LEAK, "%s", text));
    Query.run(db, LEASES, List.of(), row ->
      "the lease of %s is dead since %s".formatted(row.getString(1), row.getString(2))
    ).forEach(text -> violations.add(Kind.LEAK, "%s", text));
  }

  /** Sockets that a hub still holds, and threads that it did not have before. */
  static void check(SystemFile system, Map<Long, Integer> threadsBefore, Violations violations) {
    for (SystemFile.Member hub : system.hubs()) {
      int port = URI.create(hub.address()).getPort();
      int sockets = ProcessFigures.connections(port);
      if (sockets > 0) {
        violations.add(Kind.LEAK, "%s still has %d connections", hub.id(), sockets);
      }
    }
    int shared = ProcessFigures.connections(URI.create(system.address()).getPort());
    if (shared > 0) {
      violations.add(Kind.LEAK, "the shared port still has %d connections", shared);
    }
    threadsBefore.forEach((pid, before) -> {
      int now = ProcessFigures.threads(pid);
      if (now > before + MORE_THREADS) {
        violations.add(Kind.LEAK, "process %d had %d threads and has %d", pid, before, now);
      }
    });
  }
}
