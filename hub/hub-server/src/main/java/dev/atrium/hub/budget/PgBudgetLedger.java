package dev.atrium.hub.budget;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import dev.atrium.hub.db.Db;
import dev.atrium.hub.db.Tx;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.UUID;

/** Calls the functions {@code budget_*}; the rules are there, in one round trip each. */
final class PgBudgetLedger implements BudgetLedger {

  /** How long a reservation lives without a word from its hub. */
  private static final String LIFE = "interval '10 minutes'";

  private static final String RESERVE =
    "SELECT * FROM budget_reserve($1, $2, $3, $4, $5, $6, $7, " + LIFE + ")";
  private static final String TOP_UP = "SELECT * FROM budget_top_up($1, $2, $3, " + LIFE + ")";
  private static final String SETTLE = """
    SELECT budget_settle(generation_id, attempt, $3, $4, $5) FROM reservation
    WHERE generation_id = $1 AND attempt = $2
    """;
  private static final String BALANCES = """
    SELECT a.id, a.kind, a.limit_micros, coalesce(b.reserved_micros, 0) AS reserved_micros,
      coalesce(b.spent_micros, 0) AS spent_micros
    FROM app_user u
    CROSS JOIN LATERAL budget_accounts_of(u.id, u.department_id) p
    JOIN budget_account a ON a.id = p.account_id
    LEFT JOIN budget_balance b ON b.account_id = a.id AND b.period_start = p.period_start
    WHERE u.id = $1
    ORDER BY a.id
    """;

  private final Db db;

  PgBudgetLedger(Db db) {
    this.db = db;
  }

  @Override
  public Future<Reservation> reserve(Tx tx, ReservationRequest r) {
    var values = Tuple.tuple()
      .addValue(r.generationId())
      .addValue(r.attempt())
      .addValue(r.userId())
      .addValue(r.departmentId())
      .addValue(r.model())
      .addValue(r.promptTokens())
      .addValue(r.sliceTokens());
    return tx
      .sql()
      .preparedQuery(RESERVE)
      .execute(values)
      .compose(rows -> verdict(rows.iterator().next(), r.generationId(), r.attempt()));
  }

  @Override
  public Future<Reservation> topUp(Reservation held, int tokens) {
    var through = held.allowedTokens() + tokens;
    return db.inTransaction(tx ->
      tx
        .sql()
        .preparedQuery(TOP_UP)
        .execute(Tuple.of(held.generationId(), held.attempt(), through))
        .compose(rows -> verdict(rows.iterator().next(), held.generationId(), held.attempt()))
    );
  }

  private static Future<Reservation> verdict(Row row, UUID generationId, int attempt) {
    if (row.getUUID("refused_by") != null) {
      return Future.failedFuture(new AtriumException(ErrorCode.BUDGET_EXHAUSTED));
    }
    return Future.succeededFuture(
      new Reservation(generationId, attempt, row.getInteger("allowed"), row.getLong("reserved"))
    );
  }

  @Override
  public Future<Void> settle(Tx tx, UUID generationId, int attempt, Usage usage) {
    var values = Tuple.of(
      generationId,
      attempt,
      usage.promptTokens(),
      usage.cachedTokens(),
      usage.completionTokens()
    );
    return tx.sql().preparedQuery(SETTLE).execute(values).mapEmpty();
  }

  @Override
  public Future<List<Balance>> balances(UUID userId) {
    return db.read(tx ->
      tx
        .sql()
        .preparedQuery(BALANCES)
        .execute(Tuple.of(userId))
        .map(rows -> {
          var all = new ArrayList<Balance>();
          rows.forEach(row -> all.add(balance(row)));
          return List.copyOf(all);
        })
    );
  }

  private static Balance balance(Row row) {
    var limit = row.getLong("limit_micros");
    return new Balance(
      row.getUUID("id"),
      row.getString("kind"),
      limit == null ? OptionalLong.empty() : OptionalLong.of(limit),
      row.getLong("reserved_micros"),
      row.getLong("spent_micros")
    );
  }
}
