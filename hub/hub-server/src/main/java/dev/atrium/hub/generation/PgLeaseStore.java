package dev.atrium.hub.generation;

import dev.atrium.hub.db.Db;
import dev.atrium.hub.db.Tx;
import io.vertx.core.Future;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** The table {@code hub_lease}. */
final class PgLeaseStore implements LeaseStore {

  // The WITH part sees the row as it was before.
  private static final String RENEW = """
    WITH before AS (SELECT expires_at FROM hub_lease WHERE hub_id = $1)
    INSERT INTO hub_lease (hub_id, url, expires_at)
    VALUES ($1, $2, clock_timestamp() + interval '4 seconds')
    ON CONFLICT (hub_id) DO UPDATE SET url = EXCLUDED.url, renewed_at = clock_timestamp(),
      expires_at = EXCLUDED.expires_at, leaving = hub_lease.leaving AND NOT $3,
      started_at = CASE WHEN $3 THEN clock_timestamp() ELSE hub_lease.started_at END
    RETURNING coalesce((SELECT b.expires_at FROM before b) < clock_timestamp(), true) AS lapsed
    """;
  /** Hubs whose names are drawn never come back under them, and nothing is owned by name alone. */
  private static final String FORGET =
    "DELETE FROM hub_lease WHERE hub_id <> $1 AND expires_at < clock_timestamp() - interval '1 hour'";
  private static final String OTHERS =
    "SELECT hub_id, (extract(epoch FROM expires_at - clock_timestamp()) * 1000)::bigint AS millis" +
    " FROM hub_lease WHERE hub_id <> $1 AND expires_at > clock_timestamp()";
  private static final String LEAVE = "UPDATE hub_lease SET leaving = true WHERE hub_id = $1";
  private static final String DROP = "DELETE FROM hub_lease WHERE hub_id = $1";

  private final Db db;

  PgLeaseStore(Db db) {
    this.db = db;
  }

  @Override
  public Future<Lease> renew(String hubId, String url, boolean first) {
    return db.inTransaction(tx ->
      (first ? forget(tx, hubId) : Future.<Void>succeededFuture()).compose(_ ->
          tx.sql().preparedQuery(RENEW).execute(Tuple.of(hubId, url, first))
        ).compose(rows -> {
          boolean lapsed = rows.iterator().next().getBoolean("lapsed");
          return others(tx, OTHERS, hubId).map(millis ->
            new Lease(
              Set.copyOf(millis.keySet()),
              millis.values().stream().min(Long::compare).map(Duration::ofMillis),
              lapsed
            )
          );
        })
    );
  }

  private static Future<Void> forget(Tx tx, String hubId) {
    return tx.sql().preparedQuery(FORGET).execute(Tuple.of(hubId)).mapEmpty();
  }

  @Override
  public Future<Set<String>> leave(String hubId) {
    // Two transactions: of two hubs that leave at once, at least one must see that the other does.
    return db
      .inTransaction(tx -> tx.sql().preparedQuery(LEAVE).execute(Tuple.of(hubId)).mapEmpty())
      .compose(_ -> db.read(tx -> others(tx, OTHERS + " AND NOT leaving", hubId)))
      .map(Map::keySet);
  }

  @Override
  public Future<Void> drop(String hubId) {
    return db.inTransaction(tx -> tx.sql().preparedQuery(DROP).execute(Tuple.of(hubId)).mapEmpty());
  }

  /** How long each lease lasts. */
  private static Future<Map<String, Long>> others(Tx tx, String sql, String hubId) {
    return tx
      .sql()
      .preparedQuery(sql)
      .execute(Tuple.of(hubId))
      .map(rows -> {
        Map<String, Long> hubs = new HashMap<>();
        rows.forEach(row -> hubs.put(row.getString("hub_id"), row.getLong("millis")));
        return hubs;
      });
  }
}
