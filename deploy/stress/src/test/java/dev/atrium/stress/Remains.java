package dev.atrium.stress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.stress.check.Verdict;
import dev.atrium.stress.client.People;
import dev.atrium.stress.figures.Violations;
import dev.atrium.stress.system.RunningSystem;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;

/** A generation, a reservation and a lease that a bug might leave behind, put there on purpose. */
final class Remains {

  private static final String GENERATION = """
    INSERT INTO generation (id, user_id, department_id, owner, status, model, seed)
    SELECT ?, id, department_id, 'hub-1', 'running', 'scripted', 1 FROM app_user WHERE id = ?
    """;
  private static final String RESERVATION = """
    INSERT INTO reservation (generation_id, attempt, user_id, department_id, model, input_per_million,
      cached_per_million, output_per_million, prompt_tokens, allowed_tokens, reserved_micros,
      bills_prompt, expires_at)
    SELECT ?, 1, id, department_id, 'scripted', 1, 1, 1, 1, 1, 0, true, clock_timestamp()
    FROM app_user WHERE id = ?
    """;
  private static final String LEASE = """
    INSERT INTO hub_lease (hub_id, url, expires_at)
    VALUES (?::text, ?::text, clock_timestamp() + interval '1 minute')
    """;

  private final RunningSystem system;

  Remains(Path runFile) {
    this.system = new RunningSystem(runFile);
  }

  /** Leaves them, and asks the verdict. */
  void areFound() throws SQLException {
    UUID person;
    try (Connection db = system.database()) {
      person = People.add(db, 1).getFirst().id();
      Violations none = new Violations();
      new Verdict(system, List.of(person), none).checkRows(List.of(), false);
      assertThat(none.all()).isEmpty();
      for (String sql : List.of(GENERATION, RESERVATION, LEASE)) {
        leave(db, sql, UUID.randomUUID(), person);
      }
    }
    Violations found = new Violations();
    new Verdict(system, List.of(person), found).checkRows(List.of(), false);
    assertThat(found.all().stream().map(Object::toString))
      .anyMatch(text -> text.matches("LEAK: generation .* is running, owned by hub-1"))
      .anyMatch(text -> text.startsWith("LEDGER: reservation still open"))
      .anyMatch(text -> text.matches("LEAK: the lease of .* is nobody's"));
  }

  private static void leave(Connection db, String sql, UUID id, UUID person) throws SQLException {
    try (PreparedStatement statement = db.prepareStatement(sql)) {
      statement.setObject(1, id);
      statement.setObject(2, person);
      statement.executeUpdate();
    }
  }
}
