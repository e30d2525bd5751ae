package dev.atrium.admin;

import dev.atrium.policy.OneTimePassword;
import dev.atrium.policy.PasswordHasher;
import dev.atrium.policy.permission.Role;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code deploy/atrium user …}. */
@Command(
  name = "user",
  description = "Users and service accounts.",
  mixinStandardHelpOptions = true,
  subcommands = {
    UserCommand.ListAll.class,
    UserCommand.Add.class,
    UserCommand.Disable.class,
    UserCommand.Enable.class,
    UserCommand.Move.class,
    UserCommand.RoleCommand.class,
    ExternalTask.class,
    SessionTasks.ListAll.class,
    SessionTasks.SignOut.class,
  }
)
final class UserCommand implements Runnable {

  @Spec
  private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Which command of `user`?");
  }

  @Command(name = "list", description = "All users.", mixinStandardHelpOptions = true)
  static final class ListAll extends Task {

    @Override
    int run(Work work) throws SQLException {
      table(
        List.of("name", "display_name", "kind", "department", "roles", "groups", "status"),
        work.rows(
          Directory.DEPARTMENTS +
          """
          SELECT u.name, u.display_name, u.kind, t.path AS department, u.status,
            (SELECT string_agg(r.role || coalesce(' of ' || s.path, ''), ', ' ORDER BY r.role, s.path)
              FROM user_role r LEFT JOIN tree s ON s.id = r.department_id WHERE r.user_id = u.id) AS roles,
            (SELECT string_agg(g.name, ', ' ORDER BY g.name) FROM group_member m
              JOIN user_group g ON g.id = m.group_id WHERE m.user_id = u.id) AS groups
          FROM app_user u JOIN tree t ON t.id = u.department_id ORDER BY lower(u.name)"""
        )
      );
      return 0;
    }
  }

  @Command(
    name = "add",
    description = "Adds a user and prints the one-time password, or adds a service account, which has none.",
    mixinStandardHelpOptions = true
  )
  static final class Add extends Task {

    @Parameters(paramLabel = "NAME", description = "What is typed at sign-in.")
    private String name;

    @Option(names = "--display-name", description = "Default: the name.")
    private String displayName;

    @Option(names = "--department", description = "Path or name (default: the root).")
    private String department;

    @Option(names = "--email")
    private String email;

    @Option(names = "--locale", description = "zh or en (default: en).", defaultValue = "en")
    private String locale;

    @Option(names = "--service", description = "A service account.")
    private boolean service;

    @Option(
      names = "--external",
      description = "No password: the company's sign-in service or directory vouches for them."
    )
    private boolean external;

    @Override
    int run(Work work) throws SQLException {
      Directory directory = new Directory(work);
      Map<String, Object> home = directory.openDepartment(department);
      Map<String, Object> added = work
        .row(
          """
          INSERT INTO app_user (name, display_name, email, kind, department_id, locale)
          VALUES (?, ?, ?, ?, ?, ?)
          RETURNING id, name, display_name, email, kind, department_id, locale, status""",
          name,
          displayName == null ? name : displayName,
          email,
          service ? "service" : "person",
          home.get("id"),
          locale
        )
        .orElseThrow();
      Map<String, Object> plain = new LinkedHashMap<>(added);
      Map<String, Object> personal = new LinkedHashMap<>();
      for (String field : List.of("name", "display_name", "email")) {
        Optional.ofNullable(plain.remove(field)).ifPresent(value -> personal.put(field, value));
      }
      work.recordOf("user.add", added.get("id"), Map.of(), plain, personal);
      if (service) {
        done("Added the service account “" + name + "” to " + home.get("path") + ".", added);
        return 0;
      }
      if (external) {
        done(
          "Added “" +
          name +
          "” to " +
          home.get("path") +
          ". Their first sign-in elsewhere binds them.",
          added
        );
        return 0;
      }
      String password = OneTimePassword.create();
      work.change(
        "INSERT INTO credential (user_id, kind, password_hash, must_change) VALUES (?, 'password', ?, true)",
        added.get("id"),
        new PasswordHasher().hash(password)
      );
      work.recordOf("password.one_time", added.get("id"), Map.of(), Map.of(), Map.of());
      Map<String, Object> shown = new LinkedHashMap<>(added);
      shown.put("oneTimePassword", password);
      done(
        "Added “" +
        name +
        "” to " +
        home.get("path") +
        ". One-time password, shown only now: " +
        password,
        shown
      );
      return 0;
    }
  }

  @Command(
    name = "disable",
    description = "Ends all sessions of a user, on every hub within five seconds, and lets nobody in by that name.",
    mixinStandardHelpOptions = true
  )
  static final class Disable extends Task {

    @Parameters(paramLabel = "NAME")
    private String name;

    @Override
    int run(Work work) throws SQLException {
      Map<String, Object> user = new Directory(work).user(name);
      if (!user.get("status").equals("active")) {
        done("“" + name + "” is " + user.get("status") + " already.", user);
        return 0;
      }
      keepAnAdministrator(work, user);
      int sessions = work
        .rows(
          "SELECT id FROM user_session WHERE user_id = ? AND revoked_at IS NULL AND expires_at > now()",
          user.get("id")
        )
        .size();
      setStatus(work, user, "disabled", "user.disable");
      done(
        "Disabled “" + name + "”; sessions ended: " + sessions + ".",
        Map.of("name", user.get("name"), "status", "disabled", "sessionsEnded", sessions)
      );
      return 0;
    }
  }

  @Command(
    name = "enable",
    description = "Lets a disabled user in again.",
    mixinStandardHelpOptions = true
  )
  static final class Enable extends Task {

    @Parameters(paramLabel = "NAME")
    private String name;

    @Override
    int run(Work work) throws SQLException {
      Map<String, Object> user = new Directory(work).user(name);
      if (user.get("status").equals("erased")) {
        throw new AdminException(AdminException.CONFLICT, "“" + name + "” was erased.");
      }
      if (user.get("status").equals("active")) {
        done("“" + name + "” is active already.", user);
        return 0;
      }
      setStatus(work, user, "active", "user.enable");
      done("Enabled “" + name + "”.", Map.of("name", user.get("name"), "status", "active"));
      return 0;
    }
  }

  private static void setStatus(Work work, Map<String, Object> user, String to, String action)
    throws SQLException {
    work.change(
      """
      UPDATE app_user SET status = ?, revision = revision + 1,
        disabled_at = CASE ? WHEN 'disabled' THEN now() END WHERE id = ?""",
      to,
      to,
      user.get("id")
    );
    work.recordOf(
      action,
      user.get("id"),
      Map.of("status", user.get("status")),
      Map.of("status", to),
      Map.of()
    );
  }

  /** Without one nobody could let anybody in again but by this command line. */
  private static void keepAnAdministrator(Work work, Map<String, Object> user) throws SQLException {
    // Two commands at once could each believe that the other's administrator stays.
    work.rows("SELECT pg_advisory_xact_lock(4702111234474983749)");
    boolean administers = work
      .row("SELECT 1 FROM user_role WHERE user_id = ? AND role = 'administrator'", user.get("id"))
      .isPresent();
    boolean anotherDoes = work
      .row(
        """
        SELECT 1 FROM user_role r JOIN app_user u ON u.id = r.user_id
        WHERE r.role = 'administrator' AND u.status = 'active' AND u.id <> ?""",
        user.get("id")
      )
      .isPresent();
    if (administers && !anotherDoes) {
      throw new AdminException(
        AdminException.CONFLICT,
        "“" + user.get("name") + "” is the last administrator. Make somebody else one first."
      );
    }
  }

  @Command(
    name = "move",
    description = "Moves a user to another department.",
    mixinStandardHelpOptions = true
  )
  static final class Move extends Task {

    @Parameters(index = "0", paramLabel = "NAME")
    private String name;

    @Parameters(index = "1", paramLabel = "DEPARTMENT")
    private String department;

    @Override
    int run(Work work) throws SQLException {
      Directory directory = new Directory(work);
      Map<String, Object> user = directory.user(name);
      Map<String, Object> to = directory.openDepartment(department);
      String from = directory.path((UUID) user.get("department_id"));
      work.change(
        "UPDATE app_user SET department_id = ?, revision = revision + 1 WHERE id = ?",
        to.get("id"),
        user.get("id")
      );
      work.recordOf(
        "user.move",
        user.get("id"),
        Map.of("department", from),
        Map.of("department", to.get("path")),
        Map.of()
      );
      done(
        "Moved “" + name + "” from " + from + " to " + to.get("path") + ".",
        Map.of("name", user.get("name"), "department", to.get("path"))
      );
      return 0;
    }
  }

  @Command(
    name = "role",
    description = "Roles of a user.",
    mixinStandardHelpOptions = true,
    subcommands = { RoleAdd.class, RoleRemove.class }
  )
  static final class RoleCommand implements Runnable {

    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
      throw new ParameterException(spec.commandLine(), "Which command of `user role`?");
    }
  }

  /** What adding and removing a role have in common. */
  abstract static class RoleTask extends Task {

    @Parameters(index = "0", paramLabel = "NAME")
    String name;

    @Parameters(
      index = "1",
      paramLabel = "ROLE",
      description = "administrator, auditor or department_administrator."
    )
    private String role;

    @Option(names = "--department", description = "Scope of a department administrator.")
    private String department;

    /** The scope, or null for a role that has none. */
    UUID scope(Directory directory) throws SQLException {
      boolean scoped = role() == Role.DEPARTMENT_ADMINISTRATOR;
      if (scoped != (department != null)) {
        throw new AdminException(
          AdminException.USAGE,
          scoped
            ? "Of which department? Say --department."
            : "Only a department_administrator has a --department."
        );
      }
      return scoped ? (UUID) directory.department(department).get("id") : null;
    }

    Role role() {
      return Role.of(role.toLowerCase(Locale.ROOT))
        .filter(r -> r != Role.EMPLOYEE)
        .orElseThrow(() ->
          new AdminException(
            AdminException.USAGE,
            "“" +
            role +
            "” is no role that is given: administrator, auditor, department_administrator."
          )
        );
    }

    Map<String, Object> described(Directory directory, UUID scope) throws SQLException {
      return scope == null
        ? Map.of("role", role().code())
        : Map.of("role", role().code(), "department", directory.path(scope));
    }
  }

  @Command(name = "add", description = "Gives a role.", mixinStandardHelpOptions = true)
  static final class RoleAdd extends RoleTask {

    @Override
    int run(Work work) throws SQLException {
      Directory directory = new Directory(work);
      Map<String, Object> user = directory.user(name);
      UUID scope = scope(directory);
      int added = work.change(
        "INSERT INTO user_role (user_id, role, department_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        user.get("id"),
        role().code(),
        scope
      );
      Map<String, Object> what = described(directory, scope);
      if (added == 1) {
        work.recordOf("user.role_add", user.get("id"), Map.of(), what, Map.of());
      }
      done("“" + name + "” is " + (added == 1 ? "now " : "already ") + role().code() + ".", what);
      return 0;
    }
  }

  @Command(name = "remove", description = "Takes a role away.", mixinStandardHelpOptions = true)
  static final class RoleRemove extends RoleTask {

    @Override
    int run(Work work) throws SQLException {
      Directory directory = new Directory(work);
      Map<String, Object> user = directory.user(name);
      UUID scope = scope(directory);
      if (role() == Role.ADMINISTRATOR) {
        keepAnAdministrator(work, user);
      }
      int removed = work.change(
        "DELETE FROM user_role WHERE user_id = ? AND role = ? AND department_id IS NOT DISTINCT FROM ?",
        user.get("id"),
        role().code(),
        scope
      );
      if (removed == 0) {
        throw new AdminException(
          AdminException.NOT_FOUND,
          "“" + name + "” is no " + role().code() + " there."
        );
      }
      Map<String, Object> what = described(directory, scope);
      work.recordOf("user.role_remove", user.get("id"), what, Map.of(), Map.of());
      done("“" + name + "” is no longer " + role().code() + ".", what);
      return 0;
    }
  }
}
