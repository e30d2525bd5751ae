package dev.atrium.stress.check;

import dev.atrium.api.HubFrame;
import dev.atrium.stress.client.Exchange;
import dev.atrium.stress.figures.Violations;
import dev.atrium.stress.figures.Violations.Kind;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Promises (a) and (c): every acknowledged prompt is in the database, and its answer has one end
 * there, the one that the reader was told.
 */
final class Acknowledged {

  private static final String PROMPTS = """
    SELECT client_message_id, id FROM message WHERE client_message_id = ANY (?)
    """;
  private static final String GENERATIONS = """
    SELECT id, status, reason FROM generation WHERE id = ANY (?)
    """;

  private record Row(UUID id, String status, String reason) {
    boolean ended() {
      return !status.equals("pending") && !status.equals("running");
    }
  }

  private Acknowledged() {}

  /** Returns how many prompts were refused to their senders and stored nevertheless. */
  static int check(Connection db, List<Exchange> all, Violations violations) throws SQLException {
    Map<UUID, UUID> stored = new HashMap<>();
    List<UUID> prompts = all
      .stream()
      .map(exchange -> exchange.prompt().id())
      .toList();
    Query.run(db, PROMPTS, prompts, row ->
      stored.put(row.getObject(1, UUID.class), row.getObject(2, UUID.class))
    );
    Map<UUID, Row> rows = generations(db, all);
    int unwanted = 0;
    for (Exchange exchange : all) {
      UUID found = stored.get(exchange.prompt().id());
      if (exchange.saved().isEmpty()) {
        unwanted += found == null ? 0 : 1;
        continue;
      }
      HubFrame.Saved saved = exchange.saved().get();
      if (!saved.userMessageId().equals(found)) {
        violations.add(
          Kind.LOST_PROMPT,
          "%s was acknowledged as message %s, stored is %s",
          exchange,
          saved.userMessageId(),
          found
        );
      }
      checkEnd(exchange, rows.get(saved.generationId()), violations);
    }
    return unwanted;
  }

  private static Map<UUID, Row> generations(Connection db, List<Exchange> all) throws SQLException {
    List<UUID> ids = all
      .stream()
      .flatMap(exchange -> exchange.saved().stream())
      .map(HubFrame.Saved::generationId)
      .toList();
    Map<UUID, Row> rows = new HashMap<>();
    Query.run(db, GENERATIONS, ids, row ->
      new Row(row.getObject(1, UUID.class), row.getString(2), row.getString(3))
    ).forEach(row -> rows.put(row.id(), row));
    return rows;
  }

  private static void checkEnd(Exchange exchange, Row row, Violations violations) {
    if (row == null) {
      violations.add(Kind.LOST_PROMPT, "%s was acknowledged and is not stored", exchange);
      return;
    }
    String told = exchange.end().map(Acknowledged::status).orElse("nothing");
    boolean agrees = switch (told) {
      case "failed" -> row.status().equals("failed") || row.status().equals("interrupted");
      default -> row.status().equals(told);
    };
    if (!row.ended() || !agrees) {
      violations.add(
        Kind.END,
        "%s: its reader was told %s, stored is %s (%s)",
        exchange,
        exchange.end().map(Object::toString).orElse(told),
        row.status(),
        row.reason()
      );
    }
  }

  private static String status(HubFrame end) {
    return switch (end) {
      case HubFrame.Finished f -> f.reason() == HubFrame.Reason.STOPPED ? "stopped" : "done";
      default -> "failed";
    };
  }
}
