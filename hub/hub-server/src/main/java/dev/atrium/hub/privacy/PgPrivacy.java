package dev.atrium.hub.privacy;

import dev.atrium.hub.db.Db;
import dev.atrium.hub.db.Tx;
import dev.atrium.hub.jobs.JobRefusedException;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** The functions and tables of V007 that exporting, erasing and retention work with. */
final class PgPrivacy {

  /** Less than the lease of a job. */
  private static final String PATIENTLY = "SET LOCAL statement_timeout = '50s'";
  private static final String STOP_ANSWERS = """
    WITH running AS (
      UPDATE generation SET stop_requested_at = coalesce(stop_requested_at, clock_timestamp())
      WHERE user_id = $1 AND status IN ('pending', 'running') RETURNING id
    ) SELECT count(*) FROM running
    """;
  private static final String SETTINGS = """
    SELECT install_id, key_backup_days, clock_timestamp() AS at FROM organisation, privacy_setting
    """;
  private static final String NOT_ERASED = """
    SELECT id FROM app_user WHERE status <> 'erased' AND ($1::uuid IS NULL OR id > $1) ORDER BY id LIMIT $2
    """;
  private static final String ERASE_AGAIN = """
    INSERT INTO privacy_job (kind, subject_id, args) VALUES ('erase', $1, '{"again": true}')
    ON CONFLICT DO NOTHING
    """;
  private static final String DUE = """
    SELECT d.name AS department, count(*) AS conversations, count(*) FILTER (WHERE deleted) AS deleted
    FROM retention_due r JOIN department d ON d.id = r.department_id GROUP BY d.id ORDER BY d.name
    """;

  private final Db db;

  /** Who somebody was before they were erased. */
  record Identity(String name, String displayName, Optional<String> email) {
    @Override
    public String toString() {
      return "Identity";
    }
  }

  /** A column that refers to a person. */
  record SubjectColumn(String table, String column) {}

  /** What a certificate says besides what was erased. */
  record Settings(UUID installation, int keyBackupDays, Instant now) {}

  PgPrivacy(Db db) {
    this.db = db;
  }

  private static Future<RowSet<Row>> query(Tx tx, String sql, Object... values) {
    return tx.sql().preparedQuery(sql).execute(Tuple.from(values));
  }

  private static Future<RowSet<Row>> patiently(Tx tx, String sql, Object... values) {
    return tx
      .sql()
      .query(PATIENTLY)
      .execute()
      .compose(_ -> query(tx, sql, values));
  }

  private Future<Long> number(String sql, Object... values) {
    return db
      .inTransaction(tx -> patiently(tx, sql, values))
      .map(rows -> ((Number) rows.iterator().next().getValue(0)).longValue());
  }

  /** Locks the person out. Fails with {@link JobRefusedException} where nothing may be erased. */
  Future<Identity> begin(UUID user) {
    return db
      .read(tx -> query(tx, "SELECT * FROM privacy_erase_begin($1)", user))
      .map(rows -> {
        Row row = rows.iterator().next();
        return new Identity(
          row.getString("name"),
          row.getString("display_name"),
          Optional.ofNullable(row.getString("email"))
        );
      })
      .recover(e ->
        e instanceof PgException pg && pg.getSqlState().startsWith("PV")
          ? Future.failedFuture(new JobRefusedException(pg.getErrorMessage()))
          : Future.failedFuture(e)
      );
  }

  /** Asks for the end of answers that are written for this person; how many are. */
  Future<Long> stopAnswers(UUID user) {
    return number(STOP_ANSWERS, user);
  }

  /** What of a person is in the directory and in tables that follow the person; rows by table. */
  Future<JsonObject> eraseIdentity(UUID user, String name) {
    return db
      .inTransaction(tx -> patiently(tx, "SELECT privacy_erase_identity($1, $2)", user, name))
      .map(rows -> rows.iterator().next().getJsonObject(0));
  }

  Future<Long> conversations(UUID user) {
    return number("SELECT count(*) FROM conversation WHERE owner_id = $1", user);
  }

  /** Removes up to so many conversations of a person; how many. */
  Future<Long> eraseChats(UUID user, int most) {
    return number("SELECT privacy_erase_chats($1, $2)", user, most);
  }

  Future<List<String>> textTables() {
    return db
      .read(tx -> query(tx, "SELECT table_name FROM privacy_text_tables()"))
      .map(rows -> {
        List<String> names = new ArrayList<>();
        rows.forEach(row -> names.add(row.getString(0)));
        return names;
      });
  }

  Future<Long> residue(String table, List<String> terms) {
    return number("SELECT privacy_residue($1, $2)", table, terms.toArray(String[]::new));
  }

  Future<Settings> settings() {
    return db
      .read(tx -> query(tx, SETTINGS))
      .map(rows -> {
        Row row = rows.iterator().next();
        return new Settings(
          row.getUUID("install_id"),
          row.getInteger("key_backup_days"),
          row.getOffsetDateTime("at").toInstant()
        );
      });
  }

  /** Removes up to so many conversations whose time is over; how many. */
  Future<Long> purgeDue(int most) {
    return number("SELECT privacy_purge_due($1)", most);
  }

  /** Removes up to so many shares that are over; how many. */
  Future<Long> purgeShares(int most) {
    return number("SELECT share_purge($1)", most);
  }

  /** What retention would remove now, by department. */
  Future<List<JsonObject>> due() {
    return db
      .inTransaction(tx -> patiently(tx, DUE))
      .map(rows -> {
        List<JsonObject> all = new ArrayList<>();
        rows.forEach(row -> all.add(row.toJson()));
        return all;
      });
  }

  Future<List<SubjectColumn>> subjectColumns() {
    return db
      .read(tx -> query(tx, "SELECT table_name, column_name FROM privacy_subject_columns()"))
      .map(rows -> {
        List<SubjectColumn> all = new ArrayList<>();
        rows.forEach(row -> all.add(new SubjectColumn(row.getString(0), row.getString(1))));
        return all;
      });
  }

  Future<List<JsonObject>> subjectPage(UUID user, SubjectColumn column, long offset, int most) {
    return jsonRows(
      "SELECT privacy_subject_page($1, $2, $3, $4, $5)",
      user,
      column.table(),
      column.column(),
      offset,
      most
    );
  }

  Future<List<JsonObject>> auditPage(UUID user, long after, int most) {
    return jsonRows("SELECT privacy_audit_page($1, $2, $3)", user, after, most);
  }

  private Future<List<JsonObject>> jsonRows(String sql, Object... values) {
    return db
      .inTransaction(tx -> patiently(tx, sql, values))
      .map(rows -> {
        List<JsonObject> all = new ArrayList<>();
        rows.forEach(row -> all.add(row.getJsonObject(0)));
        return all;
      });
  }

  Future<Void> addPart(Tx tx, UUID job, int ordinal, byte[] content) {
    return query(
      tx,
      "INSERT INTO export_part (job_id, ordinal, content) VALUES ($1, $2, $3)",
      job,
      ordinal,
      Buffer.buffer(content)
    ).mapEmpty();
  }

  /** The next people who are not erased, by id. */
  Future<List<UUID>> notErased(Optional<UUID> after, int most) {
    return db
      .read(tx -> query(tx, NOT_ERASED, after.orElse(null), most))
      .map(rows -> {
        List<UUID> ids = new ArrayList<>();
        rows.forEach(row -> ids.add(row.getUUID(0)));
        return ids;
      });
  }

  Future<Void> eraseAgain(UUID user) {
    return db.read(tx -> query(tx, ERASE_AGAIN, user)).mapEmpty();
  }
}
