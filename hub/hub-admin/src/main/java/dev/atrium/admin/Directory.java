package dev.atrium.admin;

import dev.atrium.policy.permission.Departments;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Finds users, groups, departments and models by the names that people use. */
final class Directory {

  /** Every department with its path: without the root's own name, so {@code Sales/Export}. */
  static final String DEPARTMENTS = """
    WITH RECURSIVE tree AS (
      SELECT id, name, parent_id, closed_at, name::text AS path, 0 AS depth
      FROM department WHERE parent_id IS NULL
      UNION ALL
      SELECT d.id, d.name, d.parent_id, d.closed_at,
        CASE WHEN t.depth = 0 THEN d.name ELSE t.path || '/' || d.name END, t.depth + 1
      FROM department d JOIN tree t ON d.parent_id = t.id
    )
    """;

  private final Work work;

  Directory(Work work) {
    this.work = work;
  }

  /** A user by the sign-in name, and locked, so that two commands on one user come one after the other. */
  Map<String, Object> user(String name) throws SQLException {
    return work
      .row(
        """
        SELECT id, name, display_name, kind, department_id, status
        FROM app_user WHERE lower(name) = lower(?) FOR UPDATE""",
        name
      )
      .orElseThrow(() -> missing("user", name));
  }

  Map<String, Object> group(String name) throws SQLException {
    return work
      .row("SELECT id, name FROM user_group WHERE lower(name) = lower(?) FOR UPDATE", name)
      .orElseThrow(() -> missing("group", name));
  }

  /** A department by its path, or by its name if only one has it. */
  Map<String, Object> department(String wanted) throws SQLException {
    List<Map<String, Object>> all = work.rows(
      DEPARTMENTS + "SELECT id, name, parent_id, path, closed_at FROM tree ORDER BY path"
    );
    for (String by : List.of("path", "name")) {
      List<Map<String, Object>> found = all
        .stream()
        .filter(d -> d.get(by).toString().equalsIgnoreCase(wanted))
        .toList();
      if (found.size() == 1) {
        return found.getFirst();
      }
      if (found.size() > 1) {
        throw new AdminException(
          AdminException.USAGE,
          "Several departments are called “" +
          wanted +
          "”: " +
          String.join(
            ", ",
            found
              .stream()
              .map(d -> d.get("path").toString())
              .toList()
          ) +
          ". Give the path."
        );
      }
    }
    throw missing("department", wanted);
  }

  /** {@link #department} if it is not closed; without a name the root. */
  Map<String, Object> openDepartment(String wanted) throws SQLException {
    Map<String, Object> department = wanted == null
      ? work.row("SELECT id, name AS path FROM department WHERE parent_id IS NULL").orElseThrow()
      : department(wanted);
    if (department.containsKey("closed_at")) {
      throw new AdminException(
        AdminException.CONFLICT,
        "The department “" + department.get("path") + "” is closed."
      );
    }
    return department;
  }

  /** Which department belongs to which. */
  Departments departments() throws SQLException {
    Map<UUID, UUID> parents = new HashMap<>();
    for (Map<String, Object> row : work.rows(
      "SELECT id, parent_id FROM department WHERE parent_id IS NOT NULL"
    )) {
      parents.put((UUID) row.get("id"), (UUID) row.get("parent_id"));
    }
    return new Departments(parents);
  }

  /** A model by its name, whether or not it is enabled. */
  Map<String, Object> model(String name) throws SQLException {
    return work
      .row("SELECT name, kind, enabled FROM model WHERE name = ?", name)
      .orElseThrow(() -> missing("model", name));
  }

  /** The path of a department. */
  String path(UUID id) throws SQLException {
    return work
      .row(DEPARTMENTS + "SELECT path FROM tree WHERE id = ?", id)
      .map(row -> row.get("path").toString())
      .orElse(id.toString());
  }

  static AdminException missing(String kind, String name) {
    return new AdminException(AdminException.NOT_FOUND, "There is no " + kind + " “" + name + "”.");
  }
}
