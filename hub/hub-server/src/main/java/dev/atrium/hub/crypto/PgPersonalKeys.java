package dev.atrium.hub.crypto;

import dev.atrium.hub.crypto.PersonalKeys.PersonalKey;
import dev.atrium.hub.db.Db;
import dev.atrium.hub.db.Tx;
import dev.atrium.keys.Aes256Gcm;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** The tables of the database of keys. */
final class PgPersonalKeys {

  private static final String CLAIM = """
    WITH mine AS (INSERT INTO installation (install_id) VALUES ($1) ON CONFLICT DO NOTHING)
    SELECT install_id FROM installation UNION ALL SELECT $1 LIMIT 1
    """;
  private static final String NEWEST = """
    SELECT id, wrapped_key, master_key_id FROM personal_key
    WHERE user_id = $1 AND destroyed_at IS NULL ORDER BY version DESC LIMIT 1
    """;
  private static final String ADD_FIRST = """
    INSERT INTO personal_key (id, user_id, version, wrapped_key, master_key_id) VALUES ($1, $2, 1, $3, $4)
    ON CONFLICT (user_id, version) DO NOTHING
    """;
  private static final String BY_IDS = """
    SELECT id, wrapped_key, master_key_id FROM personal_key
    WHERE id = ANY($1::uuid[]) AND user_id = $2 AND destroyed_at IS NULL
    """;
  private static final String LIVE = """
    SELECT id, created_at FROM personal_key WHERE user_id = $1 AND destroyed_at IS NULL ORDER BY version
    """;
  private static final String OWNERS = """
    SELECT DISTINCT user_id FROM personal_key
    WHERE destroyed_at IS NULL AND ($1::uuid IS NULL OR user_id > $1) ORDER BY user_id LIMIT $2
    """;
  private static final String ADD_NEXT = """
    INSERT INTO personal_key (id, user_id, version, wrapped_key, master_key_id)
    SELECT $1, $2, max(version) + 1, $3, $4 FROM personal_key WHERE user_id = $2
    """;
  private static final String DESTROY = """
    UPDATE personal_key SET wrapped_key = NULL, destroyed_at = clock_timestamp()
    WHERE user_id = $1 AND id = coalesce($2, id) AND destroyed_at IS NULL
    """;
  /** Of somebody who never had a key: so that no first one can be made. */
  private static final String TOMBSTONE = """
    INSERT INTO personal_key (id, user_id, version, master_key_id, destroyed_at)
    VALUES ($1, $2, 1, 'none', clock_timestamp()) ON CONFLICT (user_id, version) DO NOTHING
    """;
  private static final String ERASED = """
    SELECT user_id FROM personal_key WHERE user_id = ANY($1::uuid[])
    GROUP BY user_id HAVING bool_and(destroyed_at IS NOT NULL)
    """;
  private static final String TO_REWRAP = """
    SELECT id, wrapped_key, master_key_id FROM personal_key
    WHERE destroyed_at IS NULL AND master_key_id <> $1 ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED
    """;
  private static final String REWRAP =
    "UPDATE personal_key SET wrapped_key = $2, master_key_id = $3 WHERE id = $1";
  /**
   * A hub of before this database may have made another first key meanwhile: both stay. Somebody who was
   * erased gets nothing back from an old backup.
   */
  private static final String ADOPT = """
    INSERT INTO personal_key (id, user_id, version, wrapped_key, master_key_id, created_at, destroyed_at)
    SELECT $1, $2, CASE WHEN bool_or(version = $3) THEN max(version) + 1 ELSE $3 END, $4, $5, $6, $7
    FROM personal_key WHERE user_id = $2 AND id <> $1
    HAVING count(*) = 0 OR bool_or(destroyed_at IS NULL)
    ON CONFLICT (id) DO NOTHING
    """;

  private final Db db;
  private final MasterKey master;

  /** A row as it was in the other database. */
  record Kept(
    UUID id,
    UUID userId,
    int version,
    Optional<Buffer> wrapped,
    String masterKeyId,
    OffsetDateTime createdAt,
    Optional<OffsetDateTime> destroyedAt
  ) {}

  PgPersonalKeys(Db db, MasterKey master) {
    this.db = db;
    this.master = master;
  }

  private static Future<RowSet<Row>> query(Tx tx, String sql, Object... values) {
    return tx.sql().preparedQuery(sql).execute(Tuple.from(values));
  }

  Future<Void> claim(UUID installId) {
    return db
      .read(tx -> query(tx, CLAIM, installId))
      .compose(rows ->
        rows.iterator().next().getUUID(0).equals(installId)
          ? Future.succeededFuture()
          : Future.failedFuture(
            new IllegalArgumentException(
              "ATRIUM_KEYS_DATABASE_URL: these are the keys of another installation"
            )
          )
      );
  }

  Future<PersonalKey> newest(UUID userId) {
    return db.read(tx ->
      query(tx, NEWEST, userId).compose(rows ->
        rows.size() > 0 ? Future.succeededFuture(first(rows)) : addFirst(tx, userId)
      )
    );
  }

  /** Of two that add the first key, one waits for the other and then reads its key. */
  private Future<PersonalKey> addFirst(Tx tx, UUID userId) {
    UUID id = UUID.randomUUID();
    MasterKey.Wrapped wrapped = wrap(id, Aes256Gcm.random().bytes());
    return query(tx, ADD_FIRST, id, userId, Buffer.buffer(wrapped.bytes()), wrapped.keyId())
      .compose(_ -> query(tx, NEWEST, userId))
      .compose(rows ->
        // None: every key of this person was destroyed, and nothing may be written for them.
        rows.size() > 0 ? Future.succeededFuture(first(rows)) : PersonalKeys.missing()
      );
  }

  private PersonalKey first(RowSet<Row> rows) {
    return unwrap(rows.iterator().next());
  }

  Future<List<PersonalKey>> byIds(Set<UUID> ids, UUID userId) {
    return db
      .read(tx -> query(tx, BY_IDS, ids.toArray(UUID[]::new), userId))
      .map(rows -> {
        List<PersonalKey> keys = new ArrayList<>();
        rows.forEach(row -> keys.add(unwrap(row)));
        return keys;
      });
  }

  Future<List<UUID>> renew(UUID userId, Instant unlessSince) {
    UUID id = UUID.randomUUID();
    MasterKey.Wrapped wrapped = wrap(id, Aes256Gcm.random().bytes());
    return db.inTransaction(tx ->
      query(tx, LIVE + " FOR UPDATE", userId).compose(live -> {
          List<UUID> ids = new ArrayList<>();
          Instant newest = Instant.MIN;
          for (Row row : live) {
            ids.add(row.getUUID(0));
            newest = row.getOffsetDateTime(1).toInstant();
          }
          // Whoever has no key needs no newer one, and whoever was erased may get none.
          if (ids.isEmpty() || !newest.isBefore(unlessSince)) {
            return Future.succeededFuture(ids.subList(0, Math.max(0, ids.size() - 1)));
          }
          var bytes = Buffer.buffer(wrapped.bytes());
          return query(tx, ADD_NEXT, id, userId, bytes, wrapped.keyId()).map(ids);
        })
    );
  }

  Future<List<UUID>> owners(Optional<UUID> after, int most) {
    return db
      .read(tx -> query(tx, OWNERS, after.orElse(null), most))
      .map(rows -> {
        List<UUID> owners = new ArrayList<>();
        rows.forEach(row -> owners.add(row.getUUID(0)));
        return owners;
      });
  }

  Future<Void> destroy(UUID userId, UUID keyId) {
    return db.read(tx -> query(tx, DESTROY, userId, keyId)).mapEmpty();
  }

  Future<Integer> erase(UUID userId) {
    return db.inTransaction(tx ->
      query(tx, TOMBSTONE, UUID.randomUUID(), userId)
        .compose(_ -> query(tx, DESTROY, userId, null))
        .map(RowSet::rowCount)
    );
  }

  Future<Set<UUID>> erased(Set<UUID> users) {
    return db
      .read(tx -> query(tx, ERASED, (Object) users.toArray(UUID[]::new)))
      .map(rows -> {
        Set<UUID> erased = new HashSet<>();
        rows.forEach(row -> erased.add(row.getUUID(0)));
        return erased;
      });
  }

  Future<Integer> rewrap(int most) {
    return db.inTransaction(tx ->
      query(tx, TO_REWRAP, master.primaryId(), most).compose(rows -> {
          List<Tuple> batch = new ArrayList<>();
          for (Row row : rows) {
            PersonalKey key = unwrap(row);
            MasterKey.Wrapped wrapped = wrap(key.id(), key.key().bytes());
            batch.add(Tuple.of(key.id(), Buffer.buffer(wrapped.bytes()), wrapped.keyId()));
          }
          return batch.isEmpty()
            ? Future.succeededFuture(0)
            : tx.sql().preparedQuery(REWRAP).executeBatch(batch).map(batch.size());
        })
    );
  }

  Future<Instant> clock() {
    return db
      .read(tx -> query(tx, "SELECT clock_timestamp()"))
      .map(rows -> rows.iterator().next().getOffsetDateTime(0).toInstant());
  }

  Future<Optional<Instant>> movedAt() {
    return db
      .read(tx -> query(tx, "SELECT moved_at FROM installation"))
      .map(rows ->
        rows.size() == 0
          ? Optional.empty()
          : Optional.ofNullable(rows.iterator().next().getOffsetDateTime(0)).map(
            OffsetDateTime::toInstant
          )
      );
  }

  Future<Void> adopt(List<Kept> kept) {
    List<Tuple> batch = kept
      .stream()
      .map(k ->
        Tuple.of(
          k.id(),
          k.userId(),
          k.version(),
          k.wrapped().orElse(null),
          k.masterKeyId(),
          k.createdAt(),
          k.destroyedAt().orElse(null)
        )
      )
      .toList();
    return db.inTransaction(tx ->
      tx
        .sql()
        .preparedQuery(ADOPT)
        .executeBatch(batch)
        .compose(_ -> query(tx, "UPDATE installation SET moved_at = clock_timestamp()"))
        .mapEmpty()
    );
  }

  private PersonalKey unwrap(Row row) {
    UUID id = row.getUUID("id");
    byte[] wrapped = row.getBuffer("wrapped_key").getBytes();
    byte[] key = master.unwrap(wrapped, row.getString("master_key_id"), place(id));
    return new PersonalKey(id, Aes256Gcm.of(key));
  }

  private MasterKey.Wrapped wrap(UUID id, byte[] key) {
    return master.wrap(key, place(id));
  }

  /** The name of the table in which these keys began; what they wrapped then is bound to it. */
  private static Aad place(UUID id) {
    return Aad.of("user_data_key", id);
  }
}
