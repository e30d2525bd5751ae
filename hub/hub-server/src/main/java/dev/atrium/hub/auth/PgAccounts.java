package dev.atrium.hub.auth;

import dev.atrium.hub.db.Tx;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** Users, their roles and their passwords. */
final class PgAccounts {

  /** A user with a password. */
  record Account(UUID userId, String name, String passwordHash, boolean active) {
    @Override
    public String toString() {
      return "Account " + name;
    }
  }

  /** The first administrator. */
  record FirstAdministrator(UUID userId, String name, boolean choseAPassword) {}

  private static final String FIND = """
    SELECT u.id, u.name, c.password_hash, u.status = 'active' AS active
    FROM app_user u JOIN credential c ON c.user_id = u.id AND c.kind = 'password'
    """;
  private static final String CALLERS = """
    SELECT s.id AS session_id, u.id, u.name, u.display_name, u.department_id, u.locale,
      coalesce(c.must_change, false) AS must_change,
      ARRAY(SELECT DISTINCT r.role FROM user_role r WHERE r.user_id = u.id) AS roles,
      ARRAY(SELECT m.group_id FROM group_member m WHERE m.user_id = u.id) AS groups,
      u.kind = 'service' AS service
    FROM user_session s
    JOIN app_user u ON u.id = s.user_id
    LEFT JOIN credential c ON c.user_id = u.id AND c.kind = 'password'
    WHERE s.id = ANY ($1) AND s.revoked_at IS NULL AND s.expires_at > clock_timestamp()
      AND u.status = 'active'
    """;
  private static final String ENDED = """
    SELECT w.id FROM unnest($1::uuid[]) AS w (id)
    WHERE NOT EXISTS (
      SELECT FROM user_session s JOIN app_user u ON u.id = s.user_id
      WHERE s.id = w.id AND s.revoked_at IS NULL AND s.expires_at > clock_timestamp()
        AND u.status = 'active'
    )
    """;
  private static final String USED = """
    UPDATE credential SET last_used_at = clock_timestamp() WHERE user_id = $1 AND kind = 'password'
    """;
  private static final String SET_PASSWORD = """
    INSERT INTO credential (user_id, kind, password_hash, must_change) VALUES ($1, 'password', $2, $3)
    ON CONFLICT (user_id) WHERE kind = 'password' DO UPDATE
    SET password_hash = excluded.password_hash, must_change = excluded.must_change,
      changed_at = clock_timestamp()
    """;
  private static final String FIRST_ADMINISTRATOR = """
    SELECT u.id, u.name, NOT coalesce(c.must_change, true) AS chose_a_password
    FROM app_user u
    JOIN user_role r ON r.user_id = u.id AND r.role = 'administrator'
    LEFT JOIN credential c ON c.user_id = u.id AND c.kind = 'password'
    ORDER BY u.created_at, u.id LIMIT 1
    """;
  private static final String ADD_ADMINISTRATOR = """
    WITH added AS (
      INSERT INTO app_user (name, display_name, department_id)
      SELECT 'admin', 'Administrator', d.id FROM department d
      WHERE d.parent_id IS NULL AND NOT EXISTS (SELECT FROM app_user)
      RETURNING id
    )
    INSERT INTO user_role (user_id, role) SELECT id, 'administrator' FROM added RETURNING user_id
    """;

  Future<Optional<Account>> byName(Tx tx, String name) {
    return query(tx, FIND + "WHERE lower(u.name) = lower($1)", name).map(PgAccounts::account);
  }

  Future<Optional<Account>> byId(Tx tx, UUID userId) {
    return query(tx, FIND + "WHERE u.id = $1", userId).map(PgAccounts::account);
  }

  private static Optional<Account> account(RowSet<Row> rows) {
    return first(rows).map(row ->
      new Account(
        row.getUUID("id"),
        row.getString("name"),
        row.getString("password_hash"),
        row.getBoolean("active")
      )
    );
  }

  /** The callers of sessions; those that have ended or whose user may not come in are left out. */
  Future<Map<UUID, Caller>> callers(Tx tx, Set<UUID> sessionIds) {
    return query(tx, CALLERS, (Object) sessionIds.toArray(UUID[]::new)).map(rows -> {
        Map<UUID, Caller> callers = new HashMap<>();
        rows.forEach(row -> callers.put(row.getUUID("session_id"), caller(row)));
        return callers;
      });
  }

  /** Of these sessions, those that have ended or whose user may not come in. */
  Future<Set<UUID>> ended(Tx tx, Set<UUID> sessionIds) {
    return query(tx, ENDED, (Object) sessionIds.toArray(UUID[]::new)).map(rows -> {
        Set<UUID> ended = new HashSet<>();
        rows.forEach(row -> ended.add(row.getUUID("id")));
        return ended;
      });
  }

  private static Caller caller(Row row) {
    return new Caller(
      row.getUUID("id"),
      row.getUUID("session_id"),
      row.getString("name"),
      row.getString("display_name"),
      row.getUUID("department_id"),
      row.getString("locale"),
      Set.of(row.getArrayOfStrings("roles")),
      Set.of(row.getArrayOfUUIDs("groups")),
      row.getBoolean("service"),
      row.getBoolean("must_change"),
      Optional.empty()
    );
  }

  Future<Void> passwordUsed(Tx tx, UUID userId) {
    return query(tx, USED, userId).mapEmpty();
  }

  Future<Void> setPassword(Tx tx, UUID userId, String hash, boolean mustChange) {
    return query(tx, SET_PASSWORD, userId, hash, mustChange).mapEmpty();
  }

  Future<Void> setLocale(Tx tx, UUID userId, String locale) {
    return query(tx, "UPDATE app_user SET locale = $2 WHERE id = $1", userId, locale).mapEmpty();
  }

  Future<Optional<FirstAdministrator>> firstAdministrator(Tx tx) {
    return query(tx, FIRST_ADMINISTRATOR).map(rows ->
      first(rows).map(row ->
        new FirstAdministrator(
          row.getUUID("id"),
          row.getString("name"),
          row.getBoolean("chose_a_password")
        )
      )
    );
  }

  /**
   * Adds {@code admin} to a database without users; the new id. Two hubs that start together wait here.
   */
  Future<Optional<UUID>> addFirstAdministrator(Tx tx) {
    return query(tx, "SELECT pg_advisory_xact_lock(4702111234474983748)")
      .compose(_ -> query(tx, ADD_ADMINISTRATOR))
      .map(rows -> first(rows).map(row -> row.getUUID("user_id")));
  }

  private static Future<RowSet<Row>> query(Tx tx, String sql, Object... values) {
    return tx.sql().preparedQuery(sql).execute(Tuple.from(values));
  }

  private static Optional<Row> first(RowSet<Row> rows) {
    return rows.size() == 0 ? Optional.empty() : Optional.of(rows.iterator().next());
  }
}
