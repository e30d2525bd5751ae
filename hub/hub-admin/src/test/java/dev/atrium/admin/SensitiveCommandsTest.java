package dev.atrium.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code sensitive policy} and {@code sensitive words} as an operator types them. */
class SensitiveCommandsTest extends CommandTest {

  @BeforeAll
  void models() {
    sql("INSERT INTO model (name, kind, title) VALUES ('large', 'chat', 'L')");
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
  void keepsTheCompanysWordsAndNamesNoneOfThemInTheAudit(@TempDir Path files) throws IOException {
    ok("sensitive", "words", "add", "Nightjar", "ＮＩＧＨＴＪＡＲ", "阿波罗 计划");
    assertThat(out).contains("Added 2 words; 1 were there already.");
    Path file = files.resolve("words.txt");
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
}
