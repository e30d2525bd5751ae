package dev.atrium.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.atrium.schema.DatabaseUrl;
import dev.atrium.schema.Migrations;
import dev.atrium.schema.testing.TestDatabase;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Commands as an operator types them, in front of a data folder as the launcher leaves it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class CommandTest {

  private TestDatabase server;
  private DatabaseUrl url;
  private Path folder;
  String out;
  String err;

  /** A data folder as the launcher leaves it, whose database is called atrium. */
  @BeforeAll
  void start(@TempDir Path data) throws IOException {
    folder = data;
    server = TestDatabase.empty();
    server.execute("CREATE ROLE atrium SUPERUSER LOGIN PASSWORD 'open-sesame'");
    server.execute("CREATE DATABASE atrium OWNER atrium");
    url = new DatabaseUrl("127.0.0.1", server.url().port(), "atrium", "atrium", "open-sesame");
    Migrations.apply(url);
    Files.createDirectories(folder.resolve("keys"));
    Files.writeString(folder.resolve("postgres.port"), Integer.toString(url.port()));
    Files.writeString(folder.resolve("keys/postgres.password"), "open-sesame\n");
  }

  @AfterAll
  void stop() {
    server.execute("DROP DATABASE atrium WITH (FORCE)");
    server.execute("DROP ROLE atrium");
    server.close();
  }

  /** Runs one statement; the first column of its first row, if it has one. */
  String sql(String statement) {
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

  int run(String... args) {
    StringWriter o = new StringWriter();
    StringWriter e = new StringWriter();
    String[] all = new String[args.length + 2];
    System.arraycopy(args, 0, all, 0, args.length);
    all[args.length] = "--data";
    all[args.length + 1] = folder.toString();
    int code = AdminMain.run(all, Map.of(), new PrintWriter(o, true), new PrintWriter(e, true));
    out = o.toString();
    err = e.toString();
    return code;
  }

  void ok(String... args) {
    assertThat(run(args)).as(err).isZero();
  }

  JsonNode json() {
    try {
      return new ObjectMapper().readTree(out);
    } catch (IOException e) {
      throw new AssertionError(out, e);
    }
  }

  JsonNode lastAudit(String action) {
    try {
      return new ObjectMapper().readTree(
        sql(
          "SELECT json_build_object('actor', actor_name, 'target', target_id, 'details', details, 'personal', personal) FROM audit_entry WHERE action = '" +
          action +
          "' ORDER BY id DESC LIMIT 1"
        )
      );
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
