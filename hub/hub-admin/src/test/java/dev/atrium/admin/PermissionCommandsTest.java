package dev.atrium.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.atrium.policy.PasswordHasher;
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
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an operator types: {@code user}, {@code department}, {@code group}, {@code grant}, {@code limit}, {@code sensitive}. */
class PermissionCommandsTest {

  @TempDir
  static Path folder;

  private static TestDatabase server;
  private static DatabaseUrl url;
  private String out;
  private String err;

  /** A data folder as the launcher leaves it, whose database is called atrium. */
  @BeforeAll
  static void start() throws IOException {
    server = TestDatabase.empty();
    server.execute("CREATE ROLE atrium SUPERUSER LOGIN PASSWORD 'open-sesame'");
    server.execute("CREATE DATABASE atrium OWNER atrium");
    url = new DatabaseUrl("127.0.0.1", server.url().port(), "atrium", "atrium", "open-sesame");
    Migrations.apply(url);
    Files.createDirectories(folder.resolve("keys"));
    Files.writeString(folder.resolve("postgres.port"), Integer.toString(url.port()));
    Files.writeString(folder.resolve("keys/postgres.password"), "open-sesame\n");
    sql(
      "INSERT INTO model (name, kind, title) VALUES ('starter', 'chat', 'S'), ('large', 'chat', 'L')"
    );
  }

  @AfterAll
  static void stop() {
    server.execute("DROP DATABASE atrium WITH (FORCE)");
    server.close();
  }

  /** Runs one statement; the first column of its first row, if it has one. */
  private static String sql(String statement) {
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

  private int run(String... args) {
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

  private void ok(String... args) {
    assertThat(run(args)).as(err).isZero();
  }

  private JsonNode json() {
    try {
      return new ObjectMapper().readTree(out);
    } catch (IOException e) {
      throw new AssertionError(out, e);
    }
  }

  private static JsonNode lastAudit(String action) {
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

  @Test
  void addsAUserWhoCanSignInWithTheOneTimePassword() {
    ok("user", "add", "ada", "--display-name", "Ada L.", "--json");
    JsonNode added = json();
    String hash = sql(
      "SELECT password_hash FROM credential WHERE must_change AND user_id = '" +
      added.get("id").asText() +
      "'"
    );
    assertThat(
      new PasswordHasher().verify(added.get("oneTimePassword").asText(), Optional.of(hash))
    ).isTrue();
    JsonNode record = lastAudit("user.add");
    assertThat(record.get("target")).isEqualTo(added.get("id"));
    assertThat(record.get("actor").asText()).startsWith("operator:");
    assertThat(record.at("/details/after/kind").asText()).isEqualTo("person");
    assertThat(record.at("/personal/name").asText()).isEqualTo("ada");
    assertThat(record.get("details").toString()).doesNotContain("ada").doesNotContain("Ada");
    assertThat(record.toString()).doesNotContain(added.get("oneTimePassword").asText());

    assertThat(run("user", "add", "ADA")).isEqualTo(AdminException.CONFLICT);
    assertThat(run("user", "add", "a b")).isEqualTo(AdminException.USAGE);
    assertThat(run("user", "add", "eve", "--department", "nowhere")).isEqualTo(
      AdminException.NOT_FOUND
    );
    assertThat(err).contains("There is no department “nowhere”.");
  }

  @Test
  void disablesAndEnablesAUserAndSaysWhatWasBefore() {
    ok("user", "add", "leaver");
    sql(
      "INSERT INTO user_session (user_id, expires_at) SELECT id, now() + interval '1 day' FROM app_user WHERE name = 'leaver' RETURNING 1"
    );
    ok("user", "disable", "leaver");
    assertThat(out).contains("sessions ended: 1");
    assertThat(lastAudit("user.disable").at("/details/before/status").asText()).isEqualTo("active");
    assertThat(
      sql(
        "SELECT count(*) FROM user_session s JOIN app_user u ON u.id = s.user_id WHERE u.name = 'leaver' AND revoked_at IS NULL"
      )
    ).isEqualTo("0");
    ok("user", "enable", "leaver");
    assertThat(sql("SELECT status FROM app_user WHERE name = 'leaver'")).isEqualTo("active");
    assertThat(run("user", "disable", "nobody")).isEqualTo(AdminException.NOT_FOUND);
  }

  @Test
  void keepsTheLastAdministrator() {
    ok("user", "add", "root1");
    ok("user", "role", "add", "root1", "administrator");
    assertThat(run("user", "disable", "root1")).isEqualTo(AdminException.CONFLICT);
    assertThat(run("user", "role", "remove", "root1", "administrator")).isEqualTo(
      AdminException.CONFLICT
    );
    assertThat(err).contains("last administrator");
    ok("user", "add", "root2");
    ok("user", "role", "add", "root2", "administrator");
    ok("user", "role", "remove", "root1", "administrator");
    assertThat(run("user", "role", "add", "root1", "owner")).isEqualTo(AdminException.USAGE);
    ok("department", "add", "Scope");
    assertThat(run("user", "role", "add", "root1", "department_administrator")).isEqualTo(
      AdminException.USAGE
    );
    ok("user", "role", "add", "root1", "department_administrator", "--department", "Scope");
    ok("user", "list");
    assertThat(out).contains("department_administrator of Scope");
  }

  @Test
  void keepsADepartmentThatIsNotEmptyAndAsksBeforeClosing() {
    ok("department", "add", "Sales");
    ok("department", "add", "Export", "--under", "Sales");
    ok("user", "add", "seller", "--department", "Sales/Export");
    assertThat(run("department", "close", "Export", "--yes")).isEqualTo(AdminException.CONFLICT);
    ok("user", "move", "seller", "Sales");
    assertThat(lastAudit("user.move").at("/details/before/department").asText()).isEqualTo(
      "Sales/Export"
    );
    assertThat(run("department", "close", "Export")).isEqualTo(AdminException.USAGE);
    assertThat(err).contains("--yes");
    ok("department", "close", "Export", "--yes");
    assertThat(run("user", "move", "seller", "Export")).isEqualTo(AdminException.CONFLICT);
    assertThat(run("department", "move", "Sales", "Sales")).isEqualTo(AdminException.USAGE);
  }

  @Test
  void explainsWhyInWordsAndAsData() {
    ok("user", "add", "why");
    ok("group", "add", "Trainees");
    ok("group", "join", "Trainees", "why");
    assertThat(run("grant", "why", "why", "use", "model:large")).isZero();
    assertThat(out).contains("why may use the model “large”: rule 1 decides.");

    ok("grant", "add", "group:Trainees", "use", "model:large", "--deny", "--json");
    long rule = json().get("rule").asLong();
    assertThat(lastAudit("permission.add").at("/details/after/effect").asText()).isEqualTo("deny");
    assertThat(run("grant", "add", "group:Trainees", "use", "model:large")).isEqualTo(
      AdminException.CONFLICT
    );
    assertThat(run("grant", "why", "why", "use", "model:large", "--language", "zh")).isEqualTo(
      GrantCommand.NOT_ALLOWED
    );
    assertThat(out).contains("不可以使用模型“large”：由规则 " + rule + " 决定");
    assertThat(run("grant", "why", "why", "use", "model:large", "--json")).isEqualTo(
      GrantCommand.NOT_ALLOWED
    );
    assertThat(json().get("allowed").asBoolean()).isFalse();
    assertThat(json().get("rule").asLong()).isEqualTo(rule);
    assertThat(json().at("/rules/0/part").asText()).isEqualTo("decides");
    assertThat(json().at("/rules/1/part").asText()).isEqualTo("overruled");

    assertThat(run("group", "remove", "Trainees", "--yes")).isEqualTo(AdminException.CONFLICT);
    assertThat(err).contains(Long.toString(rule));
    ok("grant", "remove", Long.toString(rule));
    assertThat(lastAudit("permission.remove").get("target").asLong()).isEqualTo(rule);
    assertThat(lastAudit("permission.remove").at("/details/before/effect").asText()).isEqualTo(
      "deny"
    );
    ok("group", "remove", "Trainees", "--yes");
    assertThat(lastAudit("group.remove").at("/details/before/members/0").asText()).isEqualTo(
      sql("SELECT id FROM app_user WHERE name = 'why'")
    );

    ok("user", "disable", "why");
    assertThat(run("grant", "why", "why", "use", "model:large")).isEqualTo(
      GrantCommand.NOT_ALLOWED
    );
    assertThat(out).contains("disabled");
  }

  @Test
  void refusesWhatMeansNothing() {
    assertThat(run("grant", "add", "everybody", "edit", "model:large")).isEqualTo(
      AdminException.USAGE
    );
    assertThat(run("grant", "add", "all", "use", "model:large")).isEqualTo(AdminException.USAGE);
    assertThat(run("grant", "add", "everybody", "use", "large")).isEqualTo(AdminException.USAGE);
    assertThat(run("grant", "add", "everybody", "use", "model:huge")).isEqualTo(
      AdminException.NOT_FOUND
    );
    assertThat(run("grant", "remove", "999")).isEqualTo(AdminException.NOT_FOUND);
    assertThat(run("grant", "remove", "one")).isEqualTo(AdminException.USAGE);
  }

  @Test
  void setsLimitsAndRecordsWhatWasBefore() {
    ok("user", "add", "fast");
    ok("limit", "set", "user:fast", "--requests", "5");
    ok("limit", "set", "user:fast", "--requests", "7", "--tokens", "2000");
    assertThat(lastAudit("limit.set").at("/details/before/requests_per_minute").asInt()).isEqualTo(
      5
    );
    ok("limit", "list", "--json");
    assertThat(json().findValuesAsText("subject")).contains("each-user", "user:fast");
    assertThat(run("limit", "set", "user:fast", "--tokens", "10")).isEqualTo(AdminException.USAGE);
    ok("limit", "remove", "user:fast");
    assertThat(run("limit", "remove", "user:fast")).isEqualTo(AdminException.NOT_FOUND);
  }

  @Test
  void saysWhatBecomesOfSensitiveDataAndWhy() {
    ok("department", "add", "Care");
    ok("department", "add", "Home", "--under", "Care");
    ok("user", "add", "carer", "--department", "Care/Home");
    ok("sensitive", "policy", "set", "any", "warn");
    ok("sensitive", "policy", "set", "phone", "allow", "--department", "Care/Home");
    ok("sensitive", "policy", "set", "phone", "allow", "--department", "Care", "--json");
    long replaced = json().get("rule").asLong();
    ok("sensitive", "policy", "set", "phone", "mask", "--department", "Care", "--json");
    long rule = json().get("rule").asLong();
    assertThat(rule).isGreaterThan(replaced);
    JsonNode record = lastAudit("sensitive.policy_set");
    assertThat(record.get("target").asLong()).isEqualTo(rule);
    assertThat(record.at("/details/before/treatment").asText()).isEqualTo("allow");
    assertThat(record.at("/details/before/rule").asLong()).isEqualTo(replaced);
    assertThat(record.at("/details/after/treatment").asText()).isEqualTo("mask");

    ok("sensitive", "policy", "why", "carer", "large", "--json");
    for (JsonNode kind : json()) {
      boolean phone = kind.get("kind").asText().equals("phone");
      assertThat(kind.get("treatment").asText()).isEqualTo(phone ? "mask" : "warn");
      assertThat(kind.get("applying")).hasSize(phone ? 3 : 1);
    }
    ok("sensitive", "policy", "why", "carer", "large");
    assertThat(out).contains("is replaced by a pseudonym, rule " + rule + " decides");
    assertThat(out).contains("is overruled by a stricter one");
    ok("sensitive", "policy", "why", "carer", "large", "--language", "zh");
    assertThat(out).contains("电话号码：以化名代替，由规则 " + rule + " 决定");

    ok("sensitive", "policy", "list");
    assertThat(out).contains("Care/Home").contains("everybody");
    ok("sensitive", "policy", "remove", Long.toString(rule));
    assertThat(lastAudit("sensitive.policy_remove").get("target").asLong()).isEqualTo(rule);
    assertThat(run("sensitive", "policy", "remove", Long.toString(rule))).isEqualTo(
      AdminException.NOT_FOUND
    );
    assertThat(run("sensitive", "policy", "set", "phones", "mask")).isEqualTo(AdminException.USAGE);
    assertThat(run("sensitive", "policy", "set", "phone", "hide")).isEqualTo(AdminException.USAGE);
    assertThat(run("sensitive", "policy", "set", "phone", "mask", "--model", "huge")).isEqualTo(
      AdminException.NOT_FOUND
    );
  }

  @Test
  void keepsTheCompanysWordsAndNamesNoneOfThemInTheAudit() throws IOException {
    ok("sensitive", "words", "add", "Nightjar", "ＮＩＧＨＴＪＡＲ", "阿波罗 计划");
    assertThat(out).contains("Added 2 words; 1 were there already.");
    Path file = folder.resolve("words.txt");
    Files.writeString(file, "\uFEFF# names\n\n夜鹰\nnightjar\n Blue  Door \n");
    ok("sensitive", "words", "import", file.toString(), "--json");
    assertThat(json().get("added").asInt()).isEqualTo(2);
    assertThat(json().get("present").asInt()).isEqualTo(1);
    assertThat(lastAudit("sensitive.words_add").at("/details/after/count").asInt()).isEqualTo(2);
    ok("sensitive", "words", "remove", "blue door");
    ok("sensitive", "words", "list", "--json");
    assertThat(json().findValuesAsText("word")).containsExactly("Nightjar", "阿波罗 计划", "夜鹰");
    assertThat(
      sql(
        "SELECT string_agg(details::text, ' ') FROM audit_record WHERE action LIKE 'sensitive.words%'"
      )
    )
      .doesNotContainIgnoringCase("nightjar")
      .doesNotContain("夜鹰")
      .doesNotContainIgnoringCase("blue");

    assertThat(run("sensitive", "words", "remove", "nobody")).isEqualTo(AdminException.NOT_FOUND);
    assertThat(run("sensitive", "words", "add", "x".repeat(65))).isEqualTo(AdminException.USAGE);
    assertThat(run("sensitive", "words", "add", "\u200B")).isEqualTo(AdminException.USAGE);
    Files.write(file, new byte[] { (byte) 0xFF, (byte) 0xFE, 0 });
    assertThat(run("sensitive", "words", "import", file.toString())).isEqualTo(
      AdminException.BAD_FILE
    );
    assertThat(run("sensitive", "words", "import", "/nowhere")).isEqualTo(
      AdminException.UNAVAILABLE
    );
  }

  @Test
  void aFailureLeavesNeitherTheChangeNorItsRecord() {
    long before = Long.parseLong(sql("SELECT count(*) FROM audit_record"));
    assertThat(run("department", "add", "A/B")).isEqualTo(AdminException.USAGE);
    // The display name is too long, which only the table notices.
    assertThat(run("user", "add", "long", "--display-name", "x".repeat(201))).isEqualTo(
      AdminException.USAGE
    );
    assertThat(sql("SELECT count(*) FROM app_user WHERE name = 'long'")).isEqualTo("0");
    assertThat(Long.parseLong(sql("SELECT count(*) FROM audit_record"))).isEqualTo(before);
  }
}
