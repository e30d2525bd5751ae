package dev.atrium.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.atrium.schema.testing.TestDatabase;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Personal data lies beside the records, and can be erased there. */
class AuditFunctionsTest {

  private static final String ACTOR = "'0198f2a0-0000-7000-8000-000000000001'";
  private static final String ABOUT = "'0198f2a0-0000-7000-8000-000000000002'";

  private static TestDatabase database;

  @BeforeAll
  static void start() {
    database = TestDatabase.migrated();
  }

  @AfterAll
  static void stop() {
    database.close();
  }

  private static String append(String action, String details, String personal) {
    return database.value(
      "SELECT audit_append(%s, 'li.lei', '%s', 'user', %s, 'ok', '10.0.0.1', NULL, '%s', NULL, %s, '%s')".formatted(
        ACTOR,
        action,
        ABOUT,
        details,
        ABOUT,
        personal
      )
    );
  }

  @Test
  void keepsNamesAndAddressesOutOfTheRecord() {
    var id = append("user.rename", "{}", "{\"before\": \"han\", \"after\": \"mei\"}");
    assertThat(database.value("SELECT r::text FROM audit_record r WHERE id = " + id))
      .doesNotContain("li.lei")
      .doesNotContain("10.0.0.1")
      .doesNotContain("mei");
    assertThat(
      database.value(
        "SELECT concat_ws('|', actor_name, address, personal->>'before', personal->>'after') FROM audit_entry WHERE id = " +
        id
      )
    ).isEqualTo("li.lei|10.0.0.1|han|mei");
  }

  @Test
  void commitsToEveryFieldAndForgetsOnePersonOnly() {
    var id = append("user.move", "{}", "{\"email\": \"mei@example.org\"}");
    var open = """
      SELECT count(*) FROM audit_record r, audit_personal p, jsonb_each_text(p.fields) f
      WHERE r.id = %s AND p.record_id = r.id
        AND r.commitments->>f.key = audit_commitment(p.salt, p.subject_id, f.key, f.value)""".formatted(
        id
      );
    assertThat(database.value(open)).isEqualTo("3");
    var before = database.value("SELECT r::text FROM audit_record r WHERE id = " + id);
    database.value("SELECT audit_forget(NULL, " + ABOUT + ", 'mei')");
    assertThat(database.value(open)).isEqualTo("2");
    assertThat(database.value("SELECT r::text FROM audit_record r WHERE id = " + id)).isEqualTo(
      before
    );
    assertThat(
      database.value(
        "SELECT (details->>'records')::int > 0 FROM audit_record WHERE action = 'audit.forget' ORDER BY id DESC LIMIT 1"
      )
    ).isEqualTo("t");
  }

  @Test
  void forgetsWhatWasSaidUnderThePersonsNameByNobodyKnown() {
    database.value(
      "SELECT audit_append(NULL, 'Wei', 'session.sign_in', NULL, NULL, 'refused', '10.0.0.9', NULL, '{}')"
    );
    assertThat(
      database.value("SELECT audit_forget(NULL, '0198f2a0-0000-7000-8000-000000000003', 'wei')")
    ).isEqualTo("1");
  }

  @ParameterizedTest
  @ValueSource(strings = { "{\"a\": 0.5}", "{\"a\": [{\"b\": 9007199254740993}]}" })
  void refusesNumbersThatHaveNoOneForm(String details) {
    assertThatThrownBy(() -> append("some.deed", details, "{}")).hasStackTraceContaining(
      "not whole"
    );
  }

  @Test
  void takesWholeNumbersWhateverTheirLookAndSmallTexts() {
    assertThat(
      append("some.deed", "{\"a\": 1.0, \"b\": -3, \"c\": [null, true]}", "{}")
    ).isNotNull();
  }

  @Test
  void letsNobodyChangePersonalData() {
    append("some.deed", "{}", "{}");
    assertThatThrownBy(() ->
      database.execute("UPDATE audit_personal SET fields = '{}'")
    ).hasStackTraceContaining("append-only");
  }
}
