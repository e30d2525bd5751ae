package dev.atrium.hub.auth;

import dev.atrium.hub.audit.AuditEvent;
import dev.atrium.hub.audit.AuditTrail;
import dev.atrium.hub.crypto.Aad;
import dev.atrium.hub.crypto.MasterKey;
import dev.atrium.hub.db.Ids;
import dev.atrium.hub.db.Tx;
import dev.atrium.policy.Scope;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/** API keys, and the secrets that their HMACs are made with, which the master key wraps. */
final class PgApiKeys {

  /** Why a key opens nothing. */
  enum Fault {
    REVOKED,
    EXPIRED,
    OWNER_DISABLED,
  }

  /**
   * A row.
   *
   * @param hash of a key that no hub has sealed yet
   * @param macKid which secret {@code mac} was made with
   * @param stale whether its last use was noted more than a minute ago
   */
  record Stored(
    Caller owner,
    Optional<byte[]> hash,
    Optional<byte[]> mac,
    Optional<String> macKid,
    Optional<Fault> fault,
    boolean stale
  ) {
    UUID id() {
      return owner.sessionId();
    }
  }

  /** The secrets by their ids, and the one that is used for what is sealed now. */
  record MacSecrets(Map<String, byte[]> byKid, String newest) {
    byte[] current() {
      return byKid.get(newest);
    }

    @Override
    public String toString() {
      return "MacSecrets " + byKid.keySet();
    }
  }

  private static final int SECRET_BYTES = 32;
  private static final String FIND = """
    SELECT k.id AS key_id, k.secret_hash, k.secret_mac, k.mac_kid, k.scopes,
      k.revoked_at IS NOT NULL AS revoked, k.expires_at <= clock_timestamp() AS expired,
      coalesce(k.last_used_at < clock_timestamp() - interval '1 minute', true) AS stale,
      u.status = 'active' AS active, u.id, u.name, u.display_name, u.department_id, u.locale,
      ARRAY(SELECT DISTINCT r.role FROM user_role r WHERE r.user_id = u.id) AS roles,
      ARRAY(SELECT m.group_id FROM group_member m WHERE m.user_id = u.id) AS groups,
      u.kind = 'service' AS service
    FROM api_key k JOIN app_user u ON u.id = k.owner_id
    """;
  private static final String SEAL = """
    UPDATE api_key SET secret_hash = NULL, secret_mac = $2, mac_kid = $3
    WHERE id = $1 AND secret_hash IS NOT NULL
    """;
  private static final String USED = """
    UPDATE api_key SET last_used_at = clock_timestamp()
    WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < clock_timestamp() - interval '1 minute')
    RETURNING coalesce(date_trunc('hour', old.last_used_at) < date_trunc('hour', new.last_used_at), true)
      AS first_in_the_hour
    """;
  private static final String LOCK = "SELECT pg_advisory_xact_lock(4702111234474983760)";
  private static final String SECRETS = """
    SELECT kid, wrapped_key, master_key_id FROM signing_key WHERE purpose = 'api_key'
    ORDER BY created_at DESC, kid DESC
    """;
  private static final String ADD_SECRET = """
    INSERT INTO signing_key (kid, purpose, algorithm, wrapped_key, master_key_id, sign_until, verify_until)
    VALUES ($1, 'api_key', 'HS256', $2, $3, 'infinity', 'infinity')
    """;

  private final MasterKey master;
  private final AuditTrail audit;

  PgApiKeys(MasterKey master, AuditTrail audit) {
    this.master = master;
    this.audit = audit;
  }

  Future<Optional<Stored>> byPrefix(Tx tx, String prefix) {
    return query(tx, FIND + "WHERE k.prefix = $1", prefix).map(PgApiKeys::stored);
  }

  Future<Optional<Stored>> byId(Tx tx, UUID id) {
    return query(tx, FIND + "WHERE k.id = $1", id).map(PgApiKeys::stored);
  }

  /** The hashes of keys that no hub has sealed yet, by id; a few hundred at the most. */
  Future<Map<UUID, byte[]>> unsealed(Tx tx) {
    var sql = "SELECT id, secret_hash FROM api_key WHERE secret_hash IS NOT NULL LIMIT 200";
    return query(tx, sql).map(rows -> {
        Map<UUID, byte[]> hashes = new HashMap<>();
        rows.forEach(row -> hashes.put(row.getUUID("id"), row.getBuffer("secret_hash").getBytes()));
        return hashes;
      });
  }

  private static Optional<Stored> stored(RowSet<Row> rows) {
    if (rows.size() == 0) {
      return Optional.empty();
    }
    var row = rows.iterator().next();
    return Optional.of(
      new Stored(
        owner(row),
        bytes(row, "secret_hash"),
        bytes(row, "secret_mac"),
        Optional.ofNullable(row.getString("mac_kid")),
        fault(row),
        row.getBoolean("stale")
      )
    );
  }

  private static Caller owner(Row row) {
    Set<Scope> scopes = Arrays.stream(row.getArrayOfStrings("scopes"))
      .flatMap(code -> Scope.of(code).stream())
      .collect(Collectors.toSet());
    return new Caller(
      row.getUUID("id"),
      row.getUUID("key_id"),
      row.getString("name"),
      row.getString("display_name"),
      row.getUUID("department_id"),
      row.getString("locale"),
      Set.of(row.getArrayOfStrings("roles")),
      Set.of(row.getArrayOfUUIDs("groups")),
      row.getBoolean("service"),
      false,
      Optional.of(scopes)
    );
  }

  private static Optional<Fault> fault(Row row) {
    if (row.getBoolean("revoked")) {
      return Optional.of(Fault.REVOKED);
    }
    if (row.getBoolean("expired")) {
      return Optional.of(Fault.EXPIRED);
    }
    return row.getBoolean("active") ? Optional.empty() : Optional.of(Fault.OWNER_DISABLED);
  }

  private static Optional<byte[]> bytes(Row row, String column) {
    return Optional.ofNullable(row.getBuffer(column)).map(Buffer::getBytes);
  }

  /** Puts the HMAC in the place of the hash, unless another hub was faster. */
  Future<Void> seal(Tx tx, UUID id, byte[] mac, String kid) {
    return query(tx, SEAL, id, Buffer.buffer(mac), kid).mapEmpty();
  }

  /** Notes that it was used, at most once a minute over all hubs; whether for the first time in this hour. */
  Future<Boolean> used(Tx tx, UUID id) {
    return query(tx, USED, id).map(
      rows -> rows.size() == 1 && rows.iterator().next().getBoolean("first_in_the_hour")
    );
  }

  /** The secrets; one is made if there is none. */
  Future<MacSecrets> secrets(Tx tx) {
    return query(tx, SECRETS).compose(rows ->
        rows.size() > 0
          ? Future.succeededFuture(unwrapped(rows))
          : query(tx, LOCK)
            .compose(_ -> query(tx, SECRETS))
            .compose(again ->
              again.size() > 0
                ? Future.succeededFuture(unwrapped(again))
                : add(tx)
                  .compose(_ -> query(tx, SECRETS))
                  .map(this::unwrapped)
            )
      );
  }

  private MacSecrets unwrapped(RowSet<Row> rows) {
    Map<String, byte[]> secrets = new HashMap<>();
    for (var row : rows) {
      var kid = row.getString("kid");
      var wrapped = row.getBuffer("wrapped_key").getBytes();
      secrets.put(kid, master.unwrap(wrapped, row.getString("master_key_id"), place(kid)));
    }
    return new MacSecrets(Map.copyOf(secrets), rows.iterator().next().getString("kid"));
  }

  private Future<Void> add(Tx tx) {
    var kid = Ids.next().toString();
    var secret = new byte[SECRET_BYTES];
    new SecureRandom().nextBytes(secret);
    var event = AuditEvent.ok(AuditEvent.Actor.system(), "key.create")
      .target("signing_key", kid)
      .details(Map.of("purpose", "api_key", "algorithm", "HS256"));
    var wrapped = master.wrap(secret, place(kid));
    return query(tx, ADD_SECRET, kid, Buffer.buffer(wrapped.bytes()), wrapped.keyId()).compose(_ ->
      audit.append(tx, event)
    );
  }

  private static Aad place(String kid) {
    return Aad.of("signing_key", kid);
  }

  private static Future<RowSet<Row>> query(Tx tx, String sql, Object... values) {
    return tx.sql().preparedQuery(sql).execute(Tuple.from(values));
  }
}
