package dev.atrium.hub.admission;

import dev.atrium.hub.db.Db;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.UUID;

/** Calls the functions that keep the windows of rates. */
final class PgRates {

  private static final String TAKE = """
    SELECT wait_seconds, per_minute, coalesce(taken_slot, 0) AS taken_slot
    FROM rate_take($1, $2, $3, $4)
    """;
  private static final String GIVE_BACK = "SELECT rate_give_back($1, $2, $3, $4, $5)";

  private final Db db;

  PgRates(Db db) {
    this.db = db;
  }

  /** Takes from all limits of the user and the departments above, or from none. */
  Future<Taken> take(UUID userId, UUID departmentId, Unit unit, long amount) {
    return db
      .read(tx ->
        tx.sql().preparedQuery(TAKE).execute(Tuple.of(userId, departmentId, unit.code(), amount))
      )
      .map(rows -> taken(rows.iterator().next()));
  }

  private static Taken taken(Row row) {
    Integer wait = row.getInteger("wait_seconds");
    if (wait == null) {
      return new Taken.Never(row.getLong("per_minute"));
    }
    return wait == 0
      ? new Taken.Now(row.getLong("taken_slot"))
      : new Taken.Later(Duration.ofSeconds(wait));
  }

  /** Gives back what was taken in a slot. */
  Future<Void> giveBack(UUID userId, UUID departmentId, Unit unit, long amount, long slot) {
    return db
      .read(tx ->
        tx
          .sql()
          .preparedQuery(GIVE_BACK)
          .execute(Tuple.of(userId, departmentId, unit.code(), amount, slot))
      )
      .mapEmpty();
  }
}
