package dev.atrium.hub.share;

import dev.atrium.hub.crypto.DataKey;
import dev.atrium.hub.crypto.DataKeys;
import dev.atrium.hub.db.Db;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** {@link ShareArchive} over PostgreSQL. */
final class PgShareArchive implements ShareArchive {

  private static final String LIST = """
    SELECT id, key_id, address, title, content, conversation_id, created_at, expires_at, ended_at FROM share
    WHERE author_id = $1 AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3
    """;

  private final Db db;
  private final DataKeys keys;

  PgShareArchive(Db db, DataKeys keys) {
    this.db = db;
    this.keys = keys;
  }

  @Override
  public Future<List<Entry>> list(UUID authorId, Optional<UUID> after, int limit) {
    return db.read(tx ->
      tx
        .sql()
        .preparedQuery(LIST)
        .execute(Tuple.of(authorId, after.orElse(null), limit))
        .compose(rows -> {
          Set<UUID> wanted = new HashSet<>();
          rows.forEach(row -> wanted.add(row.getUUID("key_id")));
          return keys
            .byIds(tx, wanted, authorId)
            .map(byId -> {
              List<Entry> all = new ArrayList<>();
              rows.forEach(row -> all.add(entry(row, byId.get(row.getUUID("key_id")))));
              return all;
            });
        })
    );
  }

  private static Entry entry(Row row, DataKey key) {
    Share share = PgShares.share(row, key);
    return new Entry(
      share,
      Optional.ofNullable(row.getOffsetDateTime("ended_at")).map(OffsetDateTime::toInstant),
      new ShareSeal(key, share.id()).openContent(row.getBuffer("content").getBytes())
    );
  }
}
