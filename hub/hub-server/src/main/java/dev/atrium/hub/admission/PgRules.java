package dev.atrium.hub.admission;

import dev.atrium.hub.db.Db;
import dev.atrium.hub.db.Tx;
import dev.atrium.policy.permission.Action;
import dev.atrium.policy.permission.Departments;
import dev.atrium.policy.permission.Effect;
import dev.atrium.policy.permission.ResourceKind;
import dev.atrium.policy.permission.Role;
import dev.atrium.policy.permission.Rule;
import dev.atrium.policy.permission.Rules;
import dev.atrium.policy.permission.Subject;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** The tables of rules, departments and memberships. */
final class PgRules {

  private static final String HEAD = """
    SELECT version,
      EXISTS (SELECT FROM rate_limit WHERE requests_per_minute IS NOT NULL) AS limits_requests,
      EXISTS (SELECT FROM rate_limit WHERE tokens_per_minute IS NOT NULL) AS limits_tokens
    FROM change_counter
    """;
  private static final String RULES = """
    SELECT id, effect, subject_kind, coalesce(user_id, group_id, department_id) AS subject_id, role,
      action, resource_kind, coalesce(model, resource_id) AS resource
    FROM permission_rule ORDER BY id
    """;
  private static final String PARENTS =
    "SELECT id, parent_id FROM department WHERE parent_id IS NOT NULL";
  private static final String STANDING = """
    SELECT c.version, u.status = 'active' AS active, u.kind, u.department_id,
      ARRAY(SELECT m.group_id FROM group_member m WHERE m.user_id = u.id) AS groups,
      ARRAY(SELECT r.role FROM user_role r WHERE r.user_id = u.id) AS roles
    FROM app_user u CROSS JOIN change_counter c WHERE u.id = $1
    """;

  private final Db db;

  PgRules(Db db) {
    this.db = db;
  }

  /**
   * All rules. The version is read first: what is read after it can only be newer.
   *
   * @param held whose words need not be read again unless they have changed
   */
  Future<RuleBook> read(Sensitivity held) {
    return db.read(tx ->
      query(tx, HEAD).compose(head ->
        query(tx, RULES).compose(rules ->
          query(tx, PARENTS).compose(parents ->
            PgSensitivity.read(tx, held).map(sensitivity -> book(head, rules, parents, sensitivity))
          )
        )
      )
    );
  }

  /** A user; empty if there is none. */
  Future<Optional<Standing>> standing(UUID userId) {
    return db
      .read(tx -> tx.sql().preparedQuery(STANDING).execute(Tuple.of(userId)))
      .map(rows ->
        rows.size() == 0 ? Optional.empty() : Optional.of(standing(userId, rows.iterator().next()))
      );
  }

  private static Future<RowSet<Row>> query(Tx tx, String sql) {
    return tx.sql().preparedQuery(sql).execute();
  }

  private static RuleBook book(
    RowSet<Row> head,
    RowSet<Row> rules,
    RowSet<Row> parents,
    Sensitivity sensitivity
  ) {
    Row first = head.iterator().next();
    List<Rule> all = new ArrayList<>();
    rules.forEach(row -> rule(row).ifPresent(all::add));
    Map<UUID, UUID> above = new HashMap<>();
    parents.forEach(row -> above.put(row.getUUID("id"), row.getUUID("parent_id")));
    return new RuleBook(
      first.getLong("version"),
      new Rules(all),
      new Departments(above),
      first.getBoolean("limits_requests"),
      first.getBoolean("limits_tokens"),
      sensitivity
    );
  }

  /** Empty for an action or a kind of a later version: this one never asks about it. */
  private static Optional<Rule> rule(Row row) {
    Optional<Action> action = Action.of(row.getString("action"));
    Optional<ResourceKind> kind = ResourceKind.of(row.getString("resource_kind"));
    if (action.isEmpty() || kind.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
      new Rule(
        row.getLong("id"),
        Effect.of(row.getString("effect")).orElseThrow(),
        Subject.of(
          row.getString("subject_kind"),
          Optional.ofNullable(row.getUUID("subject_id")),
          Optional.ofNullable(row.getString("role"))
        ),
        action.get(),
        kind.get(),
        Optional.ofNullable(row.getString("resource"))
      )
    );
  }

  private static Standing standing(UUID userId, Row row) {
    Set<Role> roles = new HashSet<>();
    for (String role : row.getArrayOfStrings("roles")) {
      Role.of(role).ifPresent(roles::add);
    }
    if (row.getString("kind").equals("person")) {
      roles.add(Role.EMPLOYEE);
    }
    return new Standing(
      row.getLong("version"),
      userId,
      row.getBoolean("active"),
      row.getUUID("department_id"),
      Set.of(row.getArrayOfUUIDs("groups")),
      roles
    );
  }
}
