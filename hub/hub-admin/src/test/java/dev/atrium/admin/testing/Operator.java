package dev.atrium.admin.testing;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.atrium.admin.AdminMain;
import dev.atrium.schema.DatabaseUrl;
import dev.atrium.schema.testing.TestDatabase;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;

/** Somebody at a terminal with a migrated database of their own, and what the last command printed. */
public final class Operator implements AutoCloseable {

  private final TestDatabase database = TestDatabase.migrated();
  private final DatabaseUrl url = database.url();
  public String out = "";
  public String err = "";

  /** Runs a command; its exit code. */
  public int run(String... args) {
    StringWriter o = new StringWriter();
    StringWriter e = new StringWriter();
    Map<String, String> environment = Map.of("ATRIUM_DATABASE_URL", url.reveal());
    int code = AdminMain.run(args, environment, new PrintWriter(o, true), new PrintWriter(e, true));
    out = o.toString();
    err = e.toString();
    return code;
  }

  /** Runs a command that must succeed. */
  public void ok(String... args) {
    assertThat(run(args)).as(err).isZero();
  }

  /** What it printed, as JSON. */
  public JsonNode json() {
    return read(out);
  }

  /** Runs one statement; the first column of its first row, if it has one. */
  public String sql(String statement) {
    try (
      var connection = DriverManager.getConnection(url.jdbc(), url.user(), url.password());
      var prepared = connection.createStatement()
    ) {
      if (!prepared.execute(statement)) {
        return null;
      }
      var rows = prepared.getResultSet();
      return rows.next() ? rows.getString(1) : null;
    } catch (SQLException e) {
      throw new IllegalStateException(statement, e);
    }
  }

  /** The newest audit record of an action. */
  public JsonNode lastAudit(String action) {
    return read(
      sql(
        "SELECT json_build_object('actor', actor_name, 'target', target_id, 'details', details, 'personal', personal) FROM audit_entry WHERE action = '" +
        action +
        "' ORDER BY id DESC LIMIT 1"
      )
    );
  }

  private static JsonNode read(String text) {
    try {
      return new ObjectMapper().readTree(text);
    } catch (IOException e) {
      throw new AssertionError(text, e);
    }
  }

  @Override
  public void close() {
    database.close();
  }
}
