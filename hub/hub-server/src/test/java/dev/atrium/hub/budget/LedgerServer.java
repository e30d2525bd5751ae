package dev.atrium.hub.budget;

import dev.atrium.hub.db.DatabaseConfig;
import dev.atrium.hub.db.Db;
import dev.atrium.hub.db.Ids;
import dev.atrium.hub.testing.HubData;
import dev.atrium.schema.DatabaseUrl;
import dev.atrium.schema.Migrations;
import io.vertx.core.Vertx;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;

/**
 * A PostgreSQL of its own that waits for the disk as in production, with 200 users in ten departments, so
 * that three accounts pay for each, and a hub's ledger over it.
 */
final class LedgerServer implements AutoCloseable {

  private static final int USERS = 200;

  private final EmbeddedPostgres postgres;
  private final DatabaseUrl url;
  private final List<UUID> users = new ArrayList<>();
  private final List<UUID> departments = new ArrayList<>();
  private final Vertx vertx = Vertx.vertx();
  private final Db db;
  private final BudgetLedger ledger;

  private LedgerServer(EmbeddedPostgres postgres) throws SQLException {
    this.postgres = postgres;
    this.url = new DatabaseUrl("localhost", postgres.getPort(), "postgres", "postgres", "postgres");
    Migrations.apply(url);
    populate();
    this.db = HubData.await(Db.connect(vertx, DatabaseConfig.defaults(url)));
    this.ledger = BudgetLedger.create(vertx, db);
  }

  /** With settings of the server beside those that the library of the tests turns off otherwise. */
  static LedgerServer start(Map<String, String> settings) throws IOException, SQLException {
    EmbeddedPostgres.Builder builder = EmbeddedPostgres.builder()
      .setServerConfig("fsync", "on")
      .setServerConfig("synchronous_commit", "on");
    settings.forEach(builder::setServerConfig);
    return new LedgerServer(builder.start());
  }

  private void populate() throws SQLException {
    try (var c = connect(); var s = c.createStatement()) {
      s.execute(
        """
        INSERT INTO department (name, parent_id)
          SELECT 'd' || i, (SELECT id FROM department) FROM generate_series(1, 10) AS i;
        INSERT INTO app_user (name, display_name, department_id)
          SELECT 'u' || i, 'Somebody', (SELECT id FROM department WHERE name = 'd' || (i %% 10 + 1))
          FROM generate_series(1, %d) AS i;
        INSERT INTO model (name, kind, title) VALUES ('m', 'chat', 'M');
        INSERT INTO price (model, input_per_million, cached_per_million, output_per_million, valid_from)
          VALUES ('m', 150000, 75000, 600000, now() - interval '1 day');
        UPDATE budget_account SET period = 'month', limit_micros = 1000000000000;
        INSERT INTO budget_account (kind, department_id, period, limit_micros)
          SELECT 'department', id, 'month', 1000000000000 FROM department WHERE parent_id IS NOT NULL;
        INSERT INTO budget_account (kind, user_id, period, limit_micros)
          SELECT 'user', id, 'month', 1000000000000 FROM app_user""".formatted(USERS)
      );
      try (var rows = s.executeQuery("SELECT id, department_id FROM app_user")) {
        while (rows.next()) {
          users.add(rows.getObject(1, UUID.class));
          departments.add(rows.getObject(2, UUID.class));
        }
      }
    }
  }

  /** The ledger of the one hub. */
  BudgetLedger ledger() {
    return ledger;
  }

  /** One more hub's. */
  BudgetLedger anotherLedger() {
    return BudgetLedger.create(vertx, db);
  }

  /** The first attempt of a generation that nobody knows, of any user. */
  ReservationRequest request(Random random) {
    int who = random.nextInt(USERS);
    return new ReservationRequest(
      Ids.next(),
      1,
      users.get(who),
      departments.get(who),
      "m",
      800,
      256
    );
  }

  /** As the superuser. */
  Connection connect() throws SQLException {
    return DriverManager.getConnection(url.jdbc(), url.user(), url.password());
  }

  String value(String sql) throws SQLException {
    try (var c = connect(); var s = c.createStatement(); var rows = s.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }

  @Override
  public void close() throws IOException {
    HubData.await(db.close());
    HubData.await(vertx.close());
    postgres.close();
  }
}
