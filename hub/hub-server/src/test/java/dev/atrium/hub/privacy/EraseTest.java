package dev.atrium.hub.privacy;

import static dev.atrium.hub.testing.HubData.await;
import static dev.atrium.hub.testing.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.api.ErrorCode;
import dev.atrium.hub.admission.Permissions;
import dev.atrium.hub.audit.Sealer;
import dev.atrium.hub.config.AuditConfig;
import dev.atrium.hub.conversation.ConversationStore;
import dev.atrium.hub.conversation.FileText;
import dev.atrium.hub.conversation.SavedPrompt;
import dev.atrium.hub.crypto.DataKeys;
import dev.atrium.hub.db.DatabaseConfig;
import dev.atrium.hub.db.Db;
import dev.atrium.hub.share.Share;
import dev.atrium.hub.share.Shares;
import dev.atrium.hub.testing.Waits;
import dev.atrium.schema.testing.TestDatabase;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Exporting and erasing a person, through the operator's commands and the jobs of a hub. */
class EraseTest {

  private static final String SAID = "the harvest moon over Kunming";
  private static final String ANSWERED = "an answer about silver lanterns";
  private static final String FILE = "copper gates.txt";
  private static final String HELD = "a list of amber bridges";

  @TempDir
  Path folder;

  private PrivacyData all;
  private PrivacyData.Hub hub;
  private UUID wei;
  private UUID mei;
  private SavedPrompt chat;
  private Share share;

  @BeforeEach
  void start() throws Exception {
    all = new PrivacyData(folder);
    hub = all.hub();
    all.data.database.execute(
      """
      WITH u AS (INSERT INTO app_user (name, display_name, email, department_id)
        SELECT n.*, d.id FROM department d, (VALUES ('wang.wei', 'Wang Xiaowei', 'wei@example.org'),
          ('li.mei', 'Li Mei', NULL)) n (name, display_name, email) RETURNING id)
      INSERT INTO credential (user_id, kind, password_hash) SELECT id, 'password', '$argon2id$of-nobody' FROM u"""
    );
    wei = id("wang.wei");
    mei = id("li.mei");
    chat = all.chat(hub, wei, SAID, ANSWERED, new FileText(FILE, HELD), new FileText("b", "=B"));
    share = all.share(hub, wei, chat);
    all.chat(hub, mei, "somebody else's words", "and theirs alone");
    all.data.database.value(
      "SELECT audit_append('" +
      wei +
      "', 'wang.wei', 'session.sign_in', NULL, NULL, 'ok', '10.9.8.7', NULL, '{}')"
    );
    all.data.database.execute(
      "INSERT INTO user_session (user_id, expires_at, address, user_agent) VALUES ('" +
      wei +
      "', now() + interval '1 day', '10.9.8.7', 'Browser of wang.wei')"
    );
    hub.work(Duration.ofMillis(100));
    Waits.until("what is done each day is done", () ->
      count("privacy_job WHERE kind = 'retention' AND status = 'done'").equals("1")
    );
  }

  @AfterEach
  void stop() {
    all.close();
  }

  private UUID id(String name) {
    return UUID.fromString(
      all.data.database.value("SELECT id FROM app_user WHERE name = '" + name + "'")
    );
  }

  /** Tables with a row that holds the word, as text or as bytes. */
  private static List<String> holding(TestDatabase database, String... words) {
    List<String> found = new ArrayList<>();
    String tables = database.value(
      "SELECT string_agg(tablename, ',') FROM pg_tables WHERE schemaname = 'public'"
    );
    for (String table : tables.split(",", -1)) {
      for (String word : words) {
        String hex = HexFormat.of().formatHex(word.getBytes(StandardCharsets.UTF_8));
        String count = database.value(
          "SELECT count(*) FROM %s t WHERE t::text ILIKE '%%%s%%' OR t::text LIKE '%%%s%%'".formatted(
            table,
            word,
            hex
          )
        );
        if (!count.equals("0")) {
          found.add(table + " holds " + word);
        }
      }
    }
    return found;
  }

  /** Files of the database, heaps and indexes alike, that hold the word. */
  private List<String> files(String word) throws Exception {
    all.data.database.execute("CHECKPOINT");
    Path folder = Path.of(all.data.database.value("SHOW data_directory"))
      .resolve(all.data.database.value("SELECT pg_relation_filepath('message_part')"))
      .getParent();
    List<String> found = new ArrayList<>();
    try (var files = Files.list(folder)) {
      for (Path file : files.toList()) {
        if (Files.readString(file, StandardCharsets.ISO_8859_1).contains(word)) {
          found.add(file.toString());
        }
      }
    }
    return found;
  }

  @Test
  void leavesNothingInTheDatabaseOrABackupOfBeforeAndTheAuditVerifies() throws Exception {
    Path kept = all.file("kept");
    await(
      all.data.vertx.deployVerticle(
        new Sealer(
          all.data.vertx,
          all.data.db,
          hub.master,
          all.audit,
          new AuditConfig(Optional.of(kept), Optional.empty(), Optional.empty(), Optional.empty()),
          "hub-1"
        )
      )
    );
    Waits.until("all is sealed and kept", this::sealedAndKept);
    String[] personal = { "wang.wei", "Xiaowei", "wei@example.org", "10.9.8.7" };
    assertThat(holding(all.data.database, personal)).as("before").hasSizeGreaterThan(4);
    Path certificate = all.file("certificate");
    try (TestDatabase backup = backup()) {
      all.ok("subject", "erase", "wang.wei", "--yes", "--certificate", certificate.toString());

      assertThat(holding(all.data.database, personal)).isEmpty();
      assertThat(holding(all.data.database, SAID, ANSWERED, FILE, HELD)).isEmpty();
      assertThat(holding(backup, SAID, ANSWERED, FILE, HELD)).isEmpty();
      assertThat(files("user_session_expiry")).as("the files are found").isNotEmpty();
      assertThat(files("harvest moon")).isEmpty();
      assertThat(files("silver lanterns")).isEmpty();
      assertThat(files("copper gates")).isEmpty();
      assertThat(files("amber bridges")).isEmpty();
      assertThat(count("file")).isEqualTo("0");
      assertThat(backup.value("SELECT count(*) FROM file")).isEqualTo("2");
      assertUnreadable(backup);
      assertThat(count("conversation WHERE owner_id = '" + wei + "'")).isEqualTo("0");
      assertThat(count("share") + count("conversation_key WHERE share_id IS NOT NULL"))
        .as("shares and their keys")
        .isEqualTo("00");
      assertThat(await(all.hub().store.list(mei, Optional.empty(), 10)).items()).hasSize(1);

      assertThat(PrivacyData.read(certificate))
        .contains("person " + wei, "conversations removed: 1", "personal keys destroyed: 1")
        .contains("rows removed from share: 1")
        .contains("still stand somewhere: none")
        .contains(
          Instant.now()
            .plus(30, ChronoUnit.DAYS)
            .truncatedTo(ChronoUnit.DAYS)
            .toString()
            .substring(0, 10)
        )
        .doesNotContain("wang");
      all.ok("subject", "verify", certificate.toString());
      Files.writeString(
        certificate,
        PrivacyData.read(certificate).replace("removed: 1", "removed: 9")
      );
      assertThat(all.admin("subject", "verify", certificate.toString())).isEqualTo(2);
    }
    Waits.until("all is sealed and kept", this::sealedAndKept);
    // As it is now: the export is recorded too, and that may be sealed before the export is verified.
    Path before = Files.copy(kept, all.file("kept-before"));
    all.ok("audit", "export", "--out", all.file("export").toString());
    all.ok("audit", "verify", all.file("export").toString(), "--checkpoint", before.toString());
  }

  private boolean sealedAndKept() {
    return "t".equals(
        all.data.database.value(
          """
          SELECT NOT EXISTS (SELECT FROM audit_record r WHERE NOT EXISTS
              (SELECT FROM audit_leaf l WHERE l.record_id = r.id))
            AND (SELECT max(tree_size) FROM audit_checkpoint) = (SELECT max(tree_size) FROM audit_delivery)"""
        )
      );
  }

  private String count(String from) {
    return all.data.database.value("SELECT count(*) FROM " + from);
  }

  /** As a backup would be: taken at this moment, restored beside. */
  private TestDatabase backup() {
    return all.data.database.copy();
  }

  private static Shares.Party reader(UUID user) {
    return new Shares.Party(user, "somebody", "127.0.0.1");
  }

  private void assertUnreadable(TestDatabase backup) {
    Db restored = await(Db.connect(all.data.vertx, DatabaseConfig.defaults(backup.url())));
    DataKeys keys = DataKeys.create(all.hub().personal);
    ConversationStore store = ConversationStore.create(restored, keys);
    assertRefused(store.read(wei, chat.conversationId()), ErrorCode.NOT_FOUND);
    assertRefused(store.list(wei, Optional.empty(), 10), ErrorCode.NOT_FOUND);
    Set<UUID> file = Set.of(chat.files().getFirst().id());
    assertRefused(store.files(wei, chat.conversationId(), file), ErrorCode.NOT_FOUND);
    assertThat(await(store.list(mei, Optional.empty(), 10)).items()).hasSize(1);
    assertThat(backup.value("SELECT count(*) FROM share_open"))
      .as("the share is there")
      .isEqualTo("1");
    Shares shares = Shares.create(restored, keys, store, Permissions.create(restored), all.audit);
    assertRefused(shares.read(reader(mei), share.address()), ErrorCode.NOT_FOUND);
    assertRefused(shares.list(wei, Optional.empty()), ErrorCode.NOT_FOUND);
    // A hub that starts on it sees who should not be there.
    assertThat(await(new Restored(restored, all.hub().personal).eraseAgain())).isEqualTo(1);
    assertThat(
      backup.value("SELECT subject_id FROM privacy_job WHERE kind = 'erase' AND status = 'queued'")
    ).isEqualTo(wei.toString());
    await(restored.close());
  }

  @Test
  void erasesAgainWhoIsBackFromABackup() throws Exception {
    await(all.hub().personal.erase(wei));
    assertThat(await(new Restored(all.data.db, all.hub().personal).eraseAgain())).isEqualTo(1);
    Waits.until(
      "erased",
      () ->
        "erased".equals(
          all.data.database.value("SELECT status FROM app_user WHERE id = '" + wei + "'")
        ) &&
        count("privacy_job WHERE kind = 'erase' AND status = 'done'").equals("1")
    );
    assertThat(holding(all.data.database, "wang.wei", "Xiaowei", "wei@example.org")).isEmpty();
    assertThat(await(new Restored(all.data.db, all.hub().personal).eraseAgain())).isZero();
  }

  @Test
  void erasesNothingUnderALegalHold() {
    all.ok("hold", "add", "wang.wei", "--reason", "case 17");
    assertThat(all.admin("subject", "erase", "wang.wei", "--yes")).isEqualTo(73);
    assertThat(all.out.toString()).contains("a legal hold keeps");
    assertThat(await(hub.store.read(wei, chat.conversationId())).messages()).hasSize(2);
    assertThat(
      all.data.database.value("SELECT status FROM app_user WHERE id = '" + wei + "'")
    ).isEqualTo("active");
    String hold = all.data.database.value("SELECT id FROM legal_hold");
    all.ok("hold", "remove", hold);
    all.ok("subject", "erase", "wang.wei", "--yes");
    assertRefused(all.hub().store.read(wei, chat.conversationId()), ErrorCode.NOT_FOUND);
  }

  @Test
  void doesNotEraseTheLastAdministrator() {
    all.ok("user", "role", "add", "wang.wei", "administrator");
    assertThat(all.admin("subject", "erase", "wang.wei", "--yes")).isEqualTo(73);
    assertThat(all.out.toString()).contains("nobody else is an administrator");
  }

  @Test
  void saysWhereANameStillStands() {
    all.data.database.execute(
      "INSERT INTO command (kind, args) VALUES ('note', '{\"of\": \"Wang.Wei, too\"}')"
    );
    all.data.database.execute(
      "INSERT INTO command (kind, args) VALUES ('note', '{\"of\": \"wang-weird\"}')"
    );
    assertThat(all.admin("subject", "erase", "wang.wei", "--yes")).isEqualTo(2);
    assertThat(all.out.toString()).contains("a name of the person still stands, in command: 1");
  }

  @Test
  void exportsEverythingAboutAPersonAndNothingOfOthers() throws Exception {
    all.data.database.execute(
      "UPDATE conversation SET deleted_at = now() WHERE id = '" + chat.conversationId() + "'"
    );
    all.chat(hub, wei, "second, with \"quotes\", and\nlines", "=SUM(A1)");
    Path out = all.file("wei");
    all.ok("subject", "export", "wang.wei", "--out", out.toString());
    String messages = PrivacyData.read(out.resolve("messages.json"));
    assertThat(messages).contains(SAID, ANSWERED, "second, with").doesNotContain("theirs alone");
    assertThat(PrivacyData.read(out.resolve("messages.csv"))).contains(
      "\"second, with \"\"quotes\"\", and\nlines\"",
      "\"'=SUM(A1)\""
    );
    assertThat(PrivacyData.read(out.resolve("conversations.json"))).contains("deleted_at\":\"");
    assertThat(PrivacyData.read(out.resolve("files.json"))).contains(
      chat.userMessageId().toString(),
      "\"name\":\"" + FILE,
      "\"text\":\"" + HELD
    );
    assertThat(PrivacyData.read(out.resolve("files.csv")))
      .contains("\"" + HELD + "\"", "\"'=B\"")
      .hasLineCount(3);
    assertThat(PrivacyData.read(out.resolve("shares.json"))).contains(
      share.address().reveal(),
      "\"title\":\"" + SAID
    );
    assertThat(PrivacyData.read(out.resolve("shared_messages.json"))).contains(
      SAID,
      ANSWERED,
      HELD
    );
    assertThat(PrivacyData.read(out.resolve("app_user.json"))).contains("wei@example.org");
    assertThat(PrivacyData.read(out.resolve("user_session.user_id.json"))).contains("10.9.8.7");
    assertThat(PrivacyData.read(out.resolve("audit.json"))).contains("10.9.8.7", "session.sign_in");
    try (var files = Files.list(out)) {
      for (Path file : files.toList()) {
        assertThat(PrivacyData.read(file)).doesNotContain("argon2").doesNotContain("li.mei");
      }
    }
    assertThat(count("export_part")).isEqualTo("0");
    assertThat(count("audit_record WHERE action = 'user.export'")).isEqualTo("1");
  }

  @Test
  void goesOnAfterItsHubIsGone() throws Exception {
    all.data.database.execute(
      "INSERT INTO privacy_job (kind, subject_id, status, holder, attempts, expires_at, state) VALUES ('erase', '" +
      wei +
      "', 'running', 'a hub that is gone', 1, now() - interval '1 second'," +
      " '{\"begun\": \"2026-11-26T00:00:00Z\", \"name\": \"wang.wei\", \"keys\": 1, \"conversations\": 7}')"
    );
    Waits.until("done", () ->
      count("privacy_job WHERE kind = 'erase' AND status = 'done'").equals("1")
    );
    assertThat(
      all.data.database.value("SELECT result->>'certificate' FROM privacy_job WHERE kind = 'erase'")
    ).contains("conversations removed: 8", "begun 2026-11-26T00:00:00Z");
    assertThat(
      all.data.database.value("SELECT state::text FROM privacy_job WHERE kind = 'erase'")
    ).isEqualTo("{}");
  }

  @Test
  void retentionRemovesWhatIsTooOldAndPassesOverHolds() {
    all.data.database.execute("UPDATE conversation SET updated_at = now() - interval '100 days'");
    all.ok("hold", "add", "li.mei", "--reason", "case 18");
    all.ok(
      "retention",
      "set",
      all.data.database.value("SELECT name FROM department"),
      "--days",
      "90"
    );
    all.ok("retention", "run", "--dry-run");
    assertThat(all.out.toString()).containsPattern("department +conversations.*\n.* 1 +0");
    assertThat(count("conversation")).isEqualTo("2");
    all.data.database.execute("DELETE FROM privacy_job");
    all.ok("retention", "run");
    assertThat(all.data.database.value("SELECT owner_id FROM conversation")).isEqualTo(
      mei.toString()
    );
    assertThat(count("message")).isEqualTo("2");
    assertThat(count("file")).as("they go with their conversation").isEqualTo("0");
    assertThat(count("audit_record WHERE action = 'retention.run'")).isEqualTo("1");
    assertThat(count("share")).as("it goes with its conversation").isEqualTo("0");
  }

  @Test
  void retentionRemovesSharesThatAreOverAndPassesOverHolds() {
    SavedPrompt held = all.chat(hub, mei, "a second one", "and its answer");
    Share kept = all.share(hub, mei, held);
    await(hub.shares.end(reader(mei), kept.id()));
    await(hub.shares.end(reader(wei), share.id()));
    Share open = all.share(hub, wei, chat);
    all.ok("hold", "add", "li.mei", "--reason", "case 19");
    all.data.database.execute("DELETE FROM privacy_job");
    all.ok("retention", "run");
    assertThat(
      all.data.database.value("SELECT string_agg(id::text, ' ' ORDER BY id) FROM share")
    ).isEqualTo(kept.id() + " " + open.id());
    assertThat(count("conversation_key WHERE share_id IS NOT NULL")).isEqualTo("2");
  }
}
