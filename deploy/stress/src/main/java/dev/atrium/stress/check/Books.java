package dev.atrium.stress.check;

import dev.atrium.stress.figures.Violations;
import dev.atrium.stress.figures.Violations.Kind;
import dev.atrium.stress.system.Pause;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.UUID;

/**
 * Promise (d): what was settled is what was used, once for each prompt and each token delivered; no
 * reservation stays open; the balances are the sums of the ledger.
 */
final class Books {

  /** The model's price, in force before the first prompt: one micro-unit a token. */
  private static final String PRICE = """
    INSERT INTO price (model, input_per_million, cached_per_million, output_per_million, valid_from)
    SELECT m.name, 1000000, 1000000, 1000000, clock_timestamp() FROM model m
    WHERE NOT EXISTS (SELECT FROM price p WHERE p.model = m.name AND p.output_per_million > 0)
    """;
  /** What a killed hub had ended and not yet settled is left to the others' sweepers. */
  private static final Duration SWEPT_WITHIN = Duration.ofSeconds(15);
  private static final String UNSWEPT = """
    SELECT r.generation_id FROM reservation r JOIN generation g ON g.id = r.generation_id
    WHERE r.user_id = ANY (?) AND r.settled_at IS NULL AND g.finished_at IS NOT NULL LIMIT 1
    """;

  private record Check(String what, String sql) {}

  private static final List<Check> CHECKS = List.of(
    new Check(
      "reservation still open: generation %s attempt %s, status %s",
      """
      SELECT r.generation_id, r.attempt, coalesce(g.status, 'no generation')
      FROM reservation r LEFT JOIN generation g ON g.id = r.generation_id
      WHERE r.user_id = ANY (?) AND r.settled_at IS NULL
      """
    ),
    new Check(
      "generation %s used %s tokens and paid for %s",
      """
      SELECT g.id, g.completion_tokens, sum(r.used_completion)
      FROM generation g JOIN reservation r ON r.generation_id = g.id
      WHERE g.user_id = ANY (?) AND g.finished_at IS NOT NULL
      GROUP BY g.id
      HAVING sum(coalesce(r.used_completion, 0)) IS DISTINCT FROM coalesce(g.completion_tokens, 0)
      """
    ),
    new Check(
      "generation %s: its prompt of %s tokens was billed for %s",
      """
      SELECT g.id, g.prompt_tokens, sum(r.used_prompt) FILTER (WHERE r.bills_prompt)
      FROM generation g JOIN reservation r ON r.generation_id = g.id
      WHERE g.user_id = ANY (?) AND g.status IN ('done', 'stopped')
      GROUP BY g.id
      HAVING sum(r.used_prompt) FILTER (WHERE r.bills_prompt) IS DISTINCT FROM g.prompt_tokens
      """
    ),
    new Check(
      "generation %s attempt %s: the attempt used %s",
      """
      SELECT a.generation_id, a.number,
        format('%s + %s, settled were %s + %s', a.prompt_tokens, a.completion_tokens,
          r.used_prompt, r.used_completion)
      FROM attempt a JOIN generation g ON g.id = a.generation_id
      LEFT JOIN reservation r ON r.generation_id = a.generation_id AND r.attempt = a.number
      WHERE g.user_id = ANY (?) AND g.finished_at IS NOT NULL
        AND (a.completion_tokens, a.prompt_tokens) IS DISTINCT FROM (r.used_completion, r.used_prompt)
      """
    ),
    new Check(
      "attempt %s %s still has status %s",
      """
      SELECT a.generation_id, a.number, a.status
      FROM attempt a JOIN generation g ON g.id = a.generation_id
      WHERE g.user_id = ANY (?) AND a.status = 'running'
      """
    ),
    new Check(
      "generation %s attempt %s: the ledger says %s",
      """
      SELECT r.generation_id, r.attempt,
        format('%s spent and %s reserved, the reservation %s', sum(e.spent_micros),
          sum(e.reserved_micros), r.settled_micros)
      FROM reservation r
      JOIN ledger_entry e ON e.generation_id = r.generation_id AND e.attempt = r.attempt
      JOIN budget_account a ON a.id = e.account_id AND a.kind = 'organisation'
      WHERE r.user_id = ANY (?) AND r.settled_at IS NOT NULL
      GROUP BY r.generation_id, r.attempt
      HAVING sum(e.spent_micros) <> r.settled_micros OR sum(e.reserved_micros) <> 0
      """
    ),
    new Check(
      "account %s since %s: the balance is not the sum of the ledger, %s",
      """
      SELECT b.account_id, b.period_start,
        format('%s/%s and %s/%s', b.spent_micros, b.reserved_micros, s.spent, s.reserved)
      FROM budget_balance b JOIN (
        SELECT account_id, period_start, sum(spent_micros) AS spent, sum(reserved_micros) AS reserved
        FROM ledger_entry GROUP BY account_id, period_start
      ) s USING (account_id, period_start)
      WHERE b.spent_micros <> s.spent OR b.reserved_micros <> s.reserved
      """
    )
  );

  private Books() {}

  /** Gives models that cost nothing a price, so that a mistake in the books costs something. */
  static void open(Connection db) throws SQLException {
    try (var statement = db.createStatement()) {
      statement.executeUpdate(PRICE);
    }
  }

  static void check(Connection db, Collection<UUID> people, Violations violations)
    throws SQLException {
    awaitSweeper(db, people);
    for (Check check : CHECKS) {
      List<Object[]> rows = Query.run(db, check.sql(), people, row ->
        new Object[] { row.getString(1), row.getString(2), row.getString(3) }
      );
      rows.forEach(row -> violations.add(Kind.LEDGER, check.what(), row));
    }
  }

  private static void awaitSweeper(Connection db, Collection<UUID> people) throws SQLException {
    long end = System.nanoTime() + SWEPT_WITHIN.toNanos();
    while (
      !Query.run(db, UNSWEPT, people, row -> row.getString(1)).isEmpty() && System.nanoTime() < end
    ) {
      Pause.millis(200);
    }
  }

  /** How many answers took how many attempts, and how the attempts ended; for the report. */
  static List<String> attempts(Connection db, Collection<UUID> people) throws SQLException {
    String sql = """
      SELECT format('%s with %s attempts', count(*), n) FROM (
        SELECT count(*) AS n FROM attempt a JOIN generation g ON g.id = a.generation_id
        WHERE g.user_id = ANY (?) GROUP BY g.id
      ) AS each GROUP BY n ORDER BY n
      """;
    return Query.run(db, sql, people, row -> row.getString(1));
  }
}
