package dev.atrium.hub.audit;

import static dev.atrium.hub.testing.HubData.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.admin.AdminMain;
import dev.atrium.hub.config.AuditConfig;
import dev.atrium.hub.crypto.MasterKey;
import dev.atrium.hub.testing.HubData;
import dev.atrium.hub.testing.Waits;
import io.vertx.core.Future;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SealerTest {

  @TempDir
  private Path folder;

  private HubData data;
  private AuditTrail audit;
  private final MasterKey master = MasterKey.random();
  private final StringWriter out = new StringWriter();

  @BeforeEach
  void start() {
    data = new HubData();
    audit = AuditTrail.create(data.vertx, data.db);
  }

  @AfterEach
  void stop() {
    data.close();
  }

  private PgSealing sealing(String holder) {
    return new PgSealing(data.db, new PgCheckpointKeys(master, audit), holder);
  }

  private String deploy(String hubId, AuditConfig config) {
    return await(
      data.vertx.deployVerticle(new Sealer(data.vertx, data.db, master, audit, config, hubId))
    );
  }

  private AuditConfig toFile() {
    return new AuditConfig(
      Optional.of(folder.resolve("kept")),
      Optional.empty(),
      Optional.empty(),
      Optional.empty()
    );
  }

  private void append(int records) {
    SealedDatabase.append(data.database, records);
  }

  private long leaves() {
    return Long.parseLong(data.database.value("SELECT count(*) FROM audit_leaf"));
  }

  private boolean allSealed() {
    return data.database
      .value(
        "SELECT count(*) FROM audit_record r WHERE NOT EXISTS (SELECT FROM audit_leaf l WHERE l.record_id = r.id)"
      )
      .equals("0");
  }

  private int admin(String... args) {
    PrintWriter writer = new PrintWriter(out, true);
    Map<String, String> environment = Map.of("ATRIUM_DATABASE_URL", data.database.url().reveal());
    return AdminMain.run(args, environment, writer, writer);
  }

  private int verify(String... checkpoints) throws Exception {
    Path export = folder.resolve("export");
    Files.deleteIfExists(export);
    List<Path> seen = new ArrayList<>();
    for (String checkpoint : checkpoints) {
      // One that is kept after the export may be of a record that the export does not have yet.
      Path before = folder.resolve("seen-" + seen.size());
      seen.add(Files.copy(Path.of(checkpoint), before, StandardCopyOption.REPLACE_EXISTING));
    }
    assertThat(admin("audit", "export", "--out", export.toString())).as("%s", out).isZero();
    String[] args = new String[3 + checkpoints.length * 2];
    args[0] = "audit";
    args[1] = "verify";
    args[2] = export.toString();
    for (int i = 0; i < checkpoints.length; i++) {
      args[3 + 2 * i] = "--checkpoint";
      args[4 + 2 * i] = seen.get(i).toString();
    }
    return admin(args);
  }

  private boolean keptAll() {
    String newest =
      "SELECT (SELECT max(tree_size) FROM audit_checkpoint) = (SELECT max(tree_size) FROM audit_delivery)";
    return "t".equals(data.database.value(newest)); // null before the first was kept
  }

  @Test
  void sealsWhatIsCommittedAndKeepsItsCheckpointsElsewhere() throws Exception {
    append(1_200);
    deploy("hub-1", toFile());
    Waits.until("all is sealed", this::allSealed);
    Waits.until("all is kept", this::keptAll);
    assertThat(verify(folder.resolve("kept").toString())).as("%s", out).isZero();
    assertThat(out.toString())
      .containsPattern("120[12] records")
      .contains("Compared with checkpoints");
    assertThat(verify()).isEqualTo(3);
    assertThat(out.toString()).contains("can't be proven");
  }

  @Test
  void provesALogOfWhichAPersonWasForgotten() throws Exception {
    append(20);
    deploy("hub-1", toFile());
    Waits.until("all is sealed", this::allSealed);
    data.database.value(
      "SELECT audit_forget(NULL, (SELECT subject_id FROM audit_personal WHERE subject_id IS NOT NULL LIMIT 1), 'x')"
    );
    Waits.until("all is sealed and kept", () -> allSealed() && keptAll());
    assertThat(verify(folder.resolve("kept").toString())).as("%s", out).isZero();
    assertThat(out.toString()).contains("of 1 some personal data was erased");
  }

  @Test
  void givesALateCommitALaterLeaf() throws Exception {
    append(10);
    try (Connection late = data.database.connect()) {
      late.setAutoCommit(false);
      appendOne(late, "late.deed");
      append(10);
      PgSealing sealing = sealing("hub-1");
      assertThat(await(sealing.step()).sealed()).isEqualTo(20);
      late.commit();
      Future<PgSealing.Step> next = sealing.step();
      // And the record of the key that the first step made.
      assertThat(await(next).sealed()).isEqualTo(2);
    }
    assertThat(
      data.database.value(
        "SELECT leaf_index FROM audit_leaf l JOIN audit_record r ON r.id = l.record_id WHERE action = 'late.deed'"
      )
    ).isEqualTo("20");
  }

  @Test
  void findsACommitThatIsLaterThanTheSealerLooksBack() throws Exception {
    try (Connection late = data.database.connect()) {
      late.setAutoCommit(false);
      append(5);
      appendOne(late, "late.deed");
      append(5);
      assertThat(await(sealing("hub-1").step()).sealed()).isEqualTo(10);
      late.commit();
    }
    await(sealing("hub-1").release());
    // One that starts afresh looks from the newest leaf on, and through the older ids bit by bit.
    PgSealing fresh = sealing("hub-2");
    await(fresh.step());
    await(fresh.step());
    assertThat(allSealed()).isTrue();
  }

  private static void appendOne(Connection connection, String action) throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute(
        "SELECT audit_append(NULL, NULL, '" + action + "', NULL, NULL, 'ok', NULL, NULL, '{}')"
      );
    }
  }

  @Test
  void letsTwoSealersCollideWithoutHarm() throws Exception {
    append(2_500);
    // Both believe that the lease is theirs.
    PgSealing one = sealing("same");
    PgSealing other = sealing("same");
    for (int i = 0; i < 40 && !allSealed(); i++) {
      await(
        Future.join(one.step().otherwiseEmpty(), other.step().otherwiseEmpty()).otherwiseEmpty()
      );
    }
    assertThat(allSealed()).isTrue();
    assertThat(
      data.database.value("SELECT max(leaf_index) + 1 = count(*) FROM audit_leaf")
    ).isEqualTo("t");
    assertThat(verify()).as("%s", out).isEqualTo(3);
  }

  @Test
  void leavesSealingToWhoHasTheLeaseUntilItIsGivenUp() {
    append(3);
    PgSealing one = sealing("hub-1");
    PgSealing other = sealing("hub-2");
    assertThat(await(one.step()).leads()).isTrue();
    assertThat(await(other.step())).isEqualTo(new PgSealing.Step(false, 0));
    await(one.release());
    assertThat(await(other.step()).leads()).isTrue();
    assertThat(await(one.step()).leads()).isFalse();
  }

  @Test
  void whoLeavesDuringAStepWaitsForItAndTakesNoLeaseAlong() throws Exception {
    append(3);
    Future<Void> left;
    try (Connection other = data.database.connect()) {
      other.setAutoCommit(false);
      other.createStatement().execute("SELECT FROM audit_sealer FOR UPDATE");
      String sealer = deploy("hub-1", toFile());
      Waits.until("the step waits for the lease", () ->
        data.database
          .value(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'UPDATE audit_sealer%'"
          )
          .equals("1")
      );
      left = data.vertx.undeploy(sealer);
      Thread.sleep(200); // as long as it takes to leave without waiting
      assertThat(left.isComplete()).as("left in the middle of a step").isFalse();
      other.rollback();
    }
    await(left);
    assertThat(leaves()).isEqualTo(3);
    assertThat(await(sealing("hub-2").step()).leads()).isTrue();
  }

  @Test
  void goesOnBehindALogThatWasCutOffSoThatTheGapStays() throws Exception {
    append(30);
    PgSealing sealing = sealing("hub-1");
    await(sealing.step());
    data.database.execute(
      "SET session_replication_role = replica; DELETE FROM audit_leaf WHERE leaf_index >= 25"
    );
    append(5);
    await(sealing.step());
    assertThat(verify()).isEqualTo(2);
    assertThat(out.toString()).contains("missing: leaves 25 to 29");
  }

  @Test
  void sealsOthersThoughOneRecordHasNoCanonicalForm() {
    append(3);
    data.database.execute(
      "INSERT INTO audit_record (action, result, details) VALUES ('odd.deed', 'ok', '{\"n\": 0.5}')"
    );
    append(3);
    assertThat(await(sealing("hub-1").step()).sealed()).isEqualTo(6);
    assertThat(leaves()).isEqualTo(6);
  }
}
