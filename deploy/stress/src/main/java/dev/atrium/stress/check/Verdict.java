package dev.atrium.stress.check;

import dev.atrium.api.HubFrame;
import dev.atrium.stress.client.Crowd;
import dev.atrium.stress.client.Exchange;
import dev.atrium.stress.client.Texts;
import dev.atrium.stress.figures.Violations;
import dev.atrium.stress.figures.Violations.Kind;
import dev.atrium.stress.system.Blows;
import dev.atrium.stress.system.Held;
import dev.atrium.stress.system.RunningSystem;
import dev.atrium.stress.system.SystemFile;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Compares a run that is over with what the system has kept of it. */
public final class Verdict {

  private final RunningSystem system;
  private final Collection<UUID> people;
  private final Violations violations;

  public Verdict(RunningSystem system, Collection<UUID> people, Violations violations) {
    this.system = system;
    this.people = List.copyOf(people);
    this.violations = violations;
  }

  /** To be called before the first prompt. */
  public void prepare() throws SQLException {
    try (Connection db = system.database()) {
      Books.open(db);
    }
  }

  /**
   * Promise (b): each answer is stored as it was shown, byte by byte. The hubs decrypt it, one after
   * the other.
   */
  public void checkTexts(Crowd crowd, List<Exchange> all) {
    List<SystemFile.Member> hubs = system.now().hubs();
    int turn = 0;
    for (Exchange exchange : all) {
      if (exchange.end().isEmpty()) {
        continue;
      }
      String address = hubs.get(turn++ % hubs.size()).address();
      JsonObject stored = crowd.storedAnswer(exchange, address);
      String text = stored.getString("text", "");
      if (!text.equals(exchange.text())) {
        violations.add(
          Kind.TEXT,
          "%s: stored is not what was shown, %s; told %s, status %s",
          exchange,
          Texts.difference(text, exchange.text()),
          exchange.end().orElseThrow(),
          stored.getString("status")
        );
      }
    }
  }

  /** Promises (a), (c) and (d), by the database alone; returns prompts refused and stored nevertheless. */
  public int checkRows(List<Exchange> all, boolean tokensAreBytes) throws SQLException {
    try (Connection db = system.database()) {
      int unwanted = Acknowledged.check(db, all, violations);
      Books.check(db, people, violations);
      if (tokensAreBytes) {
        checkTokens(all);
      }
      Leftovers.check(db, people, system.now(), violations);
      return unwanted;
    }
  }

  /** The scripted model's tokens are bytes, so who pays pays for exactly what was shown. */
  private void checkTokens(List<Exchange> all) {
    for (Exchange exchange : all) {
      if (exchange.end().orElse(null) instanceof HubFrame.Finished finished) {
        int bytes = exchange.text().getBytes(StandardCharsets.UTF_8).length;
        if (finished.usage().completionTokens() != bytes) {
          violations.add(
            Kind.LEDGER,
            "%s: %d bytes were shown, %d tokens are billed",
            exchange,
            bytes,
            finished.usage().completionTokens()
          );
        }
      }
    }
  }

  /**
   * Each prompt was read once, and once more for each node that was hit while it wrote the answer.
   *
   * @param blows all that could make an attempt be given up
   */
  public String checkPrefills(List<Blows.Dealt> blows) throws SQLException {
    try (Connection db = system.database()) {
      return Prefills.check(db, people, blows, violations);
    }
  }

  /** The answers that this hub owns and this node writes. */
  public List<UUID> writtenBy(String hub, String node) throws SQLException {
    String sql = """
      SELECT g.id FROM generation g
      JOIN attempt a ON a.generation_id = g.id AND a.number = g.attempt
      WHERE g.user_id = ANY (?) AND g.finished_at IS NULL AND g.owner = '%s' AND a.node_id = '%s'
      """.formatted(hub, node);
    try (Connection db = system.database()) {
      return Query.run(db, sql, people, row -> row.getObject(1, UUID.class));
    }
  }

  /** To be called when every socket was closed. */
  public void checkProcesses(Map<String, Held> before) {
    Leftovers.check(system.now(), before, violations);
  }

  /** How many answers took how many attempts. */
  public List<String> attempts() throws SQLException {
    try (Connection db = system.database()) {
      return Books.attempts(db, people);
    }
  }
}
