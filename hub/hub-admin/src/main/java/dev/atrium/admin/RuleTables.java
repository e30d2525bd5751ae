package dev.atrium.admin;

import dev.atrium.policy.permission.Action;
import dev.atrium.policy.permission.Effect;
import dev.atrium.policy.permission.Explanation;
import dev.atrium.policy.permission.Person;
import dev.atrium.policy.permission.ResourceKind;
import dev.atrium.policy.permission.Role;
import dev.atrium.policy.permission.Rule;
import dev.atrium.policy.permission.Rules;
import dev.atrium.policy.permission.Subject;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** The rules and what they stand on, as the tables have them in this transaction. */
final class RuleTables implements Explanation.Names {

  private final Work work;
  private final Map<UUID, String> names = new HashMap<>();

  RuleTables(Work work) throws SQLException {
    this.work = work;
    for (String sql : List.of(
      "SELECT id, name FROM app_user",
      "SELECT id, name FROM user_group",
      Directory.DEPARTMENTS + "SELECT id, path AS name FROM tree"
    )) {
      for (Map<String, Object> row : work.rows(sql)) {
        names.put((UUID) row.get("id"), row.get("name").toString());
      }
    }
  }

  /** All rules, oldest first. */
  List<Rule> all() throws SQLException {
    List<Rule> rules = new ArrayList<>();
    for (Map<String, Object> row : work.rows(
      """
      SELECT id, effect, subject_kind, coalesce(user_id, group_id, department_id) AS subject_id, role,
        action, resource_kind, coalesce(model, resource_id) AS resource
      FROM permission_rule ORDER BY id"""
    )) {
      rules.add(rule(row));
    }
    return rules;
  }

  private static Rule rule(Map<String, Object> row) {
    return new Rule(
      (Long) row.get("id"),
      Effect.of(row.get("effect").toString()).orElseThrow(),
      Subject.of(
        row.get("subject_kind").toString(),
        Optional.ofNullable((UUID) row.get("subject_id")),
        Optional.ofNullable(row.get("role")).map(Object::toString)
      ),
      Action.of(row.get("action").toString()).orElseThrow(),
      ResourceKind.of(row.get("resource_kind").toString()).orElseThrow(),
      Optional.ofNullable(row.get("resource")).map(Object::toString)
    );
  }

  Rules rules() throws SQLException {
    return new Rules(all());
  }

  /** What rules need to know of a user. */
  Person person(Map<String, Object> user) throws SQLException {
    Set<UUID> groups = new HashSet<>();
    for (Map<String, Object> row : work.rows(
      "SELECT group_id FROM group_member WHERE user_id = ?",
      user.get("id")
    )) {
      groups.add((UUID) row.get("group_id"));
    }
    Set<Role> roles = new HashSet<>();
    for (Map<String, Object> row : work.rows(
      "SELECT DISTINCT role FROM user_role WHERE user_id = ?",
      user.get("id")
    )) {
      roles.add(Role.of(row.get("role").toString()).orElseThrow());
    }
    if (user.get("kind").equals("person")) {
      roles.add(Role.EMPLOYEE);
    }
    return new Person(
      (UUID) user.get("id"),
      new Directory(work).departments().chain((UUID) user.get("department_id")),
      groups,
      roles
    );
  }

  @Override
  public String user(UUID id) {
    return named(id);
  }

  @Override
  public String group(UUID id) {
    return named(id);
  }

  @Override
  public String department(UUID id) {
    return named(id);
  }

  private String named(UUID id) {
    return names.getOrDefault(id, id.toString());
  }
}
