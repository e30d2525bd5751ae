package dev.atrium.hub.audit;

import static dev.atrium.hub.testing.HubData.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.admin.AdminMain;
import dev.atrium.hub.config.AuditConfig;
import dev.atrium.hub.crypto.MasterKey;
import dev.atrium.hub.testing.HubData;
import dev.atrium.schema.DatabaseUrl;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a superuser changes in the live database is found and named by an export and the checkpoints that
 * were kept. Under {@code -Plong} 200 changes in a log of 100,000 records, otherwise 60 in one of 2,000.
 */
class LiveMutationsTest {

  private static final int RECORDS = HubData.count(2_000, 100_000);
  private static final int MUTATIONS = HubData.count(60, 200);
  private static final int A_ROUND = 20;
  private static final long SEED = Long.getLong("atrium.seed", 5);

  /** The leaf is {@code :a}, its record {@code :ra}; a second one {@code :b} and {@code :rb}. */
  private enum Change {
    RESULT("altered", "UPDATE audit_record SET result = 'refused' WHERE id = :ra"),
    TIME("altered", "UPDATE audit_record SET at = at + interval '1 second' WHERE id = :ra"),
    ACTOR("altered", "UPDATE audit_record SET actor_id = gen_random_uuid() WHERE id = :ra"),
    DETAIL("altered", "UPDATE audit_record SET details = details || '{\"a\": 1}' WHERE id = :ra"),
    NO_FORM("altered", "UPDATE audit_record SET details = '{\"a\": 0.5}' WHERE id = :ra"),
    COMMITMENT("altered", "UPDATE audit_record SET commitments = '{}' WHERE id = :ra"),
    PERSONAL(
      "altered",
      "UPDATE audit_personal SET fields = jsonb_set(fields, '{address}', '\"10.9.9.9\"') WHERE record_id = :ra"
    ),
    SUBJECT(
      "altered",
      "UPDATE audit_personal SET subject_id = gen_random_uuid() WHERE record_id = :ra"
    ),
    HASH("altered", "UPDATE audit_leaf SET leaf_hash = sha256('x') WHERE leaf_index = :a"),
    RECORD("missing", "DELETE FROM audit_record WHERE id = :ra"),
    RECORD_AND_LEAF(
      "missing",
      "DELETE FROM audit_leaf WHERE leaf_index = :a; DELETE FROM audit_record WHERE id = :ra"
    ),
    SWAP_LEAVES(
      "reordered",
      """
      UPDATE audit_leaf SET leaf_index = leaf_index + 1000000000 WHERE leaf_index IN (:a, :b);
      UPDATE audit_leaf SET leaf_index = :a + :b + 1000000000 - leaf_index WHERE leaf_index >= 1000000000"""
    ),
    SWAP_RECORDS(
      "reordered",
      """
      UPDATE audit_leaf SET record_id = -record_id WHERE leaf_index IN (:a, :b);
      UPDATE audit_leaf SET record_id = :ra + :rb + record_id WHERE record_id < 0"""
    );

    final String word;
    final String sql;

    Change(String word, String sql) {
      this.word = word;
      this.sql = sql;
    }
  }

  private record Done(Change change, int a, int b) {
    boolean isNamedIn(String verdict) {
      return verdict
        .lines()
        .anyMatch(line ->
          line.matches(
            change.word +
            ": leaf " +
            (change.word.equals("reordered") ? "(" + a + "|" + b + ")" : a) +
            " \\(record \\d+\\).*"
          )
        );
    }
  }

  @TempDir
  private Path folder;

  @Test
  void findsAndNamesWhatASuperuserChanges() throws Exception {
    try (HubData data = new HubData()) {
      seal(data);
      await(data.db.close()); // or it could not be copied
      for (int round = 0; round < MUTATIONS / A_ROUND; round++) {
        String name = data.database.url().name() + "_round";
        data.database.execute(
          "CREATE DATABASE " + name + " TEMPLATE " + data.database.url().name()
        );
        round(data.database.url().withName(name), new Random(SEED + round));
        data.database.execute("DROP DATABASE " + name + " WITH (FORCE)");
      }
    }
  }

  private void seal(HubData data) throws Exception {
    SealedDatabase.append(data.database, RECORDS);
    AuditTrail audit = AuditTrail.create(data.vertx, data.db);
    var config = new AuditConfig(
      Optional.of(folder.resolve("kept")),
      Optional.empty(),
      Optional.empty(),
      Optional.empty()
    );
    var sealer = new Sealer(data.vertx, data.db, MasterKey.random(), audit, config, "hub-1");
    String id = await(data.vertx.deployVerticle(sealer));
    String done = """
      SELECT (SELECT count(*) FROM audit_leaf) > %d
        AND (SELECT max(tree_size) FROM audit_checkpoint) = (SELECT max(tree_size) FROM audit_delivery)
      """.formatted(RECORDS);
    for (int i = 0; i < 1_200 && !"t".equals(data.database.value(done)); i++) {
      Thread.sleep(100);
    }
    await(data.vertx.undeploy(id));
    await(audit.close());
  }

  private void round(DatabaseUrl url, Random random) throws Exception {
    List<Integer> places = random
      .ints(0, (RECORDS - 60) / 2)
      .distinct()
      .map(place -> 2 * place) // no two side by side, which would be named as one range
      .limit(2L * A_ROUND)
      .boxed()
      .toList();
    int cut = RECORDS - 1 - random.nextInt(49);
    List<Done> done = new ArrayList<>();
    try (
      var connection = DriverManager.getConnection(url.jdbc(), url.user(), url.password());
      var statement = connection.createStatement()
    ) {
      statement.execute("SET session_replication_role = replica");
      for (int i = 0; i < A_ROUND - 1; i++) {
        Change change = Change.values()[random.nextInt(Change.values().length)];
        Done next = new Done(change, places.get(2 * i), places.get(2 * i + 1));
        statement.execute(
          change.sql
            .replace(":ra", Long.toString(record(statement, next.a())))
            .replace(":rb", Long.toString(record(statement, next.b())))
            .replace(":a", Integer.toString(next.a()))
            .replace(":b", Integer.toString(next.b()))
        );
        done.add(next);
      }
      statement.execute(
        "DELETE FROM audit_leaf WHERE leaf_index >= %d; DELETE FROM audit_checkpoint WHERE tree_size > %d".formatted(
          cut,
          cut
        )
      );
    }
    String verdict = verdict(url);
    assertThat(verdict).contains("cut off: leaves " + cut + " to ");
    for (Done d : done) {
      assertThat(d.isNamedIn(verdict)).as("seed %d: %s in %s", SEED, d, verdict).isTrue();
    }
  }

  private static long record(Statement statement, int leaf) throws SQLException {
    try (
      var rows = statement.executeQuery(
        "SELECT record_id FROM audit_leaf WHERE leaf_index = " + leaf
      )
    ) {
      rows.next();
      return rows.getLong(1);
    }
  }

  private String verdict(DatabaseUrl url) throws Exception {
    Path export = folder.resolve("export");
    Files.deleteIfExists(export);
    StringWriter out = new StringWriter();
    PrintWriter writer = new PrintWriter(out, true);
    var environment = Map.of("ATRIUM_DATABASE_URL", url.reveal());
    String[] write = { "audit", "export", "--out", export.toString() };
    assertThat(AdminMain.run(write, environment, writer, writer)).as("%s", out).isZero();
    String kept = folder.resolve("kept").toString();
    String[] verify = { "audit", "verify", export.toString(), "--checkpoint", kept };
    assertThat(AdminMain.run(verify, Map.of(), writer, writer)).as("%s", out).isEqualTo(2);
    return out.toString();
  }
}
