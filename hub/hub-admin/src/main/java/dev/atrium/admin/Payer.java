package dev.atrium.admin;

import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;

/** Whom a budget account is for, as columns; those that don't apply are null, as in the table. */
record Payer(String text, String kind, Object department, Object user, String project) {
  static final String WORDS = "organisation, department:PATH, user:NAME or project:NAME.";

  /** Names accounts as they are typed; a member's share as {@code member:PATH:NAME}. */
  static final String NAMED =
    Directory.DEPARTMENTS +
    """
      , named AS (
        SELECT a.*, coalesce(p.period, a.period) AS its_period,
          CASE a.kind WHEN 'organisation' THEN a.kind WHEN 'department' THEN 'department:' || t.path
            WHEN 'user' THEN 'user:' || u.name WHEN 'project' THEN 'project:' || a.project
            ELSE 'member:' || t.path || ':' || u.name END AS account
        FROM budget_account a
        LEFT JOIN budget_account p ON p.id = a.pool_id
        LEFT JOIN tree t ON t.id = coalesce(a.department_id, p.department_id)
        LEFT JOIN app_user u ON u.id = a.user_id
      )
      """;

  private static final String FIND = """
    SELECT id, kind, department_id, user_id, project, period, limit_micros, soft_micros,
      alert_percents::text AS alert_percents, member_cap_micros
    FROM budget_account
    WHERE kind = ? AND department_id IS NOT DISTINCT FROM ?::uuid AND user_id IS NOT DISTINCT FROM ?::uuid
      AND project IS NOT DISTINCT FROM ? FOR UPDATE
    """;

  static Payer of(String text, Directory directory) throws SQLException {
    TypedName typed = TypedName.of(text);
    String kind = typed.kind();
    String name = typed.name();
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
