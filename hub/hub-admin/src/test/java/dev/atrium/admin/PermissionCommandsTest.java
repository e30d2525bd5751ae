package dev.atrium.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.atrium.policy.PasswordHasher;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** {@code user}, {@code department}, {@code group}, {@code grant} and {@code limit} as an operator types them. */
class PermissionCommandsTest extends CommandTest {

  @BeforeAll
  void models() {
    sql(
      "INSERT INTO model (name, kind, title) VALUES ('starter', 'chat', 'S'), ('large', 'chat', 'L')"
    );
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
