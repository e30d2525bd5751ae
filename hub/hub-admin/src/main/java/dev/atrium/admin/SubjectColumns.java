package dev.atrium.admin;

import dev.atrium.policy.permission.Role;
import java.sql.SQLException;

/** Whom a rule is about, as columns; those that don't apply are null, as in the table. */
record SubjectColumns(String kind, Object user, Object group, Object department, String role) {
  static SubjectColumns of(String text, Directory directory) throws SQLException {
    TypedName typed = TypedName.of(text);
    String kind = typed.kind();
    String name = typed.name();
    return switch (kind) {
      case "everybody" -> new SubjectColumns(kind, null, null, null, null);
      case "user" -> new SubjectColumns(kind, directory.user(name).get("id"), null, null, null);
      case "group" -> new SubjectColumns(kind, null, directory.group(name).get("id"), null, null);
      case "department" -> new SubjectColumns(
        kind,
        null,
        null,
        directory.department(name).get("id"),
        null
      );
      case "role" -> new SubjectColumns(
        kind,
        null,
        null,
        null,
        Role.of(name)
          .orElseThrow(() -> Directory.missing("role", name))
          .code()
      );
      default -> throw new AdminException(
        AdminException.USAGE,
        "“" +
        text +
        "” is no subject. Say user:NAME, group:NAME, department:PATH, role:ROLE or everybody."
      );
    };
  }
}
