package dev.atrium.hub.crypto;

import dev.atrium.hub.db.Db;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Personal keys that still lie in the hub's own database, where they lay before V007: they are copied to
 * the database of keys and then deleted. Several hubs may do it at once.
 */
public final class PgLegacyKeys {

  private static final String FIND = """
    SELECT id, user_id, version, wrapped_key, master_key_id, created_at, destroyed_at
    FROM user_data_key ORDER BY id LIMIT 1000
    """;

  private PgLegacyKeys() {}

  /**
   * Makes sure that the database of keys is this installation's, and moves into it what still lies here;
   * how many keys.
   */
  public static Future<Integer> open(Db db, PersonalKeys personal) {
    return db
      .read(tx -> tx.sql().query("SELECT install_id FROM organisation").execute())
      .compose(rows -> personal.claim(rows.iterator().next().getUUID(0)))
      .compose(_ -> move(db, personal));
  }

  private static Future<Integer> move(Db db, PersonalKeys personal) {
    return db
      .read(tx -> tx.sql().preparedQuery(FIND).execute())
      .compose(rows -> {
        List<PgPersonalKeys.Kept> kept = new ArrayList<>();
        rows.forEach(row -> kept.add(kept(row)));
        if (kept.isEmpty()) {
          return Future.succeededFuture(0);
        }
        UUID[] ids = kept.stream().map(PgPersonalKeys.Kept::id).toArray(UUID[]::new);
        return personal
          .adopt(kept)
          .compose(_ ->
            db.read(tx ->
              tx
                .sql()
                .preparedQuery("DELETE FROM user_data_key WHERE id = ANY($1::uuid[])")
                .execute(Tuple.of(ids))
            )
          )
          .compose(_ -> move(db, personal))
          .map(more -> more + kept.size());
      });
  }

  private static PgPersonalKeys.Kept kept(Row row) {
    return new PgPersonalKeys.Kept(
      row.getUUID("id"),
      row.getUUID("user_id"),
      row.getInteger("version"),
      Optional.ofNullable(row.getBuffer("wrapped_key")),
      row.getString("master_key_id"),
      row.getOffsetDateTime("created_at"),
      Optional.ofNullable(row.getOffsetDateTime("destroyed_at"))
    );
  }
}
