package dev.atrium.stress.check;

import dev.atrium.api.HubFrame;
import dev.atrium.stress.client.Crowd;
import dev.atrium.stress.client.Exchange;
import dev.atrium.stress.client.Texts;
import dev.atrium.stress.figures.Violations;
import dev.atrium.stress.figures.Violations.Kind;
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
      Leftovers.check(db, people, violations);
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

  /** To be called when every socket was closed. */
  public void checkProcesses(Map<Long, Integer> threadsBefore) {
    Leftovers.check(system.now(), threadsBefore, violations);
  }

  /** How many answers took how many attempts. */
  public List<String> attempts() throws SQLException {
    try (Connection db = system.database()) {
      return Books.attempts(db, people);
    }
  }
}
