package dev.atrium.admin;

import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;

/** Whom a budget account is for, as columns; those that don't apply are null, as in the table. */
record Payer(String text, String kind, Object department, Object user, String project) {
  static final String WORDS = "organisation, department:PATH, user:NAME or project:NAME.";

  private static final String FIND = """
    SELECT id, kind, department_id, user_id, project, period, limit_micros, soft_micros,
      alert_percents::text AS alert_percents, member_cap_micros
    FROM budget_account
    WHERE kind = ? AND department_id IS NOT DISTINCT FROM ?::uuid AND user_id IS NOT DISTINCT FROM ?::uuid
      AND project IS NOT DISTINCT FROM ? FOR UPDATE
    """;

  static Payer of(String text, Directory directory) throws SQLException {
    int colon = text.indexOf(':');
    String kind = colon < 0 ? text : text.substring(0, colon);
    String name = colon < 0 ? "" : text.substring(colon + 1);
    return switch (kind) {
      case "organisation" -> new Payer(text, kind, null, null, null);
      case "department" -> new Payer(text, kind, directory.department(name).get("id"), null, null);
      case "user" -> new Payer(text, kind, null, directory.user(name).get("id"), null);
      case "project" -> new Payer(text, kind, null, null, name);
      default -> throw new AdminException(
        AdminException.USAGE,
        "“" + text + "” has no budget. Say " + WORDS
      );
    };
  }

  /** The account, locked. */
  Optional<Map<String, Object>> find(Work work) throws SQLException {
    return work.row(FIND, kind, department, user, project);
  }

  /** The account, locked, and made if there was none. */
  Map<String, Object> open(Work work) throws SQLException {
    work.change(
      """
      INSERT INTO budget_account (kind, department_id, user_id, project) VALUES (?, ?, ?, ?)
      ON CONFLICT DO NOTHING""",
      kind,
      department,
      user,
      project
    );
    return find(work).orElseThrow();
  }
}
