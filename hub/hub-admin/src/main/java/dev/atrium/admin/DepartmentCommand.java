package dev.atrium.admin;

import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code deploy/atrium department …}. */
@Command(
  name = "department",
  description = "The tree of departments.",
  mixinStandardHelpOptions = true,
  subcommands = {
    DepartmentCommand.ListAll.class,
    DepartmentCommand.Add.class,
    DepartmentCommand.Rename.class,
    DepartmentCommand.Move.class,
    DepartmentCommand.Close.class,
  }
)
final class DepartmentCommand implements Runnable {

  @Spec
  private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Which command of `department`?");
  }

  @Command(name = "list", description = "All departments.", mixinStandardHelpOptions = true)
  static final class ListAll extends Task {

    @Override
    int run(Work work) throws SQLException {
      table(
        List.of("path", "users", "closed_at"),
        work.rows(
          Directory.DEPARTMENTS +
          """
          SELECT t.path, t.closed_at,
            (SELECT count(*) FROM app_user u WHERE u.department_id = t.id AND u.status = 'active') AS users
          FROM tree t ORDER BY t.depth > 0, t.path"""
        )
      );
      return 0;
    }
  }

  @Command(name = "add", description = "Adds a department.", mixinStandardHelpOptions = true)
  static final class Add extends Task {

    @Parameters(paramLabel = "NAME")
    private String name;

    @Option(names = "--under", description = "Path or name of the one above (default: the root).")
    private String under;

    @Override
    int run(Work work) throws SQLException {
      Map<String, Object> above = new Directory(work).openDepartment(under);
      Map<String, Object> added = work
        .row(
          "INSERT INTO department (name, parent_id) VALUES (?, ?) RETURNING id, name, parent_id",
          oneName(name),
          above.get("id")
        )
        .orElseThrow();
      work.record("department.add", "department", added.get("id"), Map.of(), added);
      done("Added the department “" + name + "” under " + above.get("path") + ".", added);
      return 0;
    }
  }

  @Command(name = "rename", description = "Renames a department.", mixinStandardHelpOptions = true)
  static final class Rename extends Task {

    @Parameters(index = "0", paramLabel = "DEPARTMENT")
    private String department;

    @Parameters(index = "1", paramLabel = "NAME")
    private String name;

    @Override
    int run(Work work) throws SQLException {
      Map<String, Object> found = new Directory(work).department(department);
      work.change(
        "UPDATE department SET name = ?, revision = revision + 1 WHERE id = ?",
        oneName(name),
        found.get("id")
      );
      work.record(
        "department.rename",
        "department",
        found.get("id"),
        Map.of("name", found.get("name")),
        Map.of("name", name)
      );
      done("Renamed " + found.get("path") + " to “" + name + "”.", Map.of("name", name));
      return 0;
    }
  }

  @Command(
    name = "move",
    description = "Puts a department, with all below it, under another. What it inherits changes at once.",
    mixinStandardHelpOptions = true
  )
  static final class Move extends Task {

    @Parameters(index = "0", paramLabel = "DEPARTMENT")
    private String department;

    @Parameters(index = "1", paramLabel = "UNDER")
    private String under;

    @Override
    int run(Work work) throws SQLException {
      Directory directory = new Directory(work);
      Map<String, Object> found = directory.department(department);
      Map<String, Object> above = directory.openDepartment(under);
      if (!found.containsKey("parent_id")) {
        throw new AdminException(AdminException.CONFLICT, "The root stays where it is.");
      }
      String before = directory.path((UUID) found.get("parent_id"));
      work.change(
        "UPDATE department SET parent_id = ?, revision = revision + 1 WHERE id = ?",
        above.get("id"),
        found.get("id")
      );
      work.record(
        "department.move",
        "department",
        found.get("id"),
        Map.of("under", before),
        Map.of("under", above.get("path"))
      );
      done(
        "Moved " + found.get("path") + " under " + above.get("path") + ".",
        Map.of("name", found.get("name"), "under", above.get("path"))
      );
      return 0;
    }
  }

  @Command(
    name = "close",
    description = "Closes an empty department: nobody can be put into it any more. Its history stays.",
    mixinStandardHelpOptions = true
  )
  static final class Close extends Task {

    @Mixin
    private Confirmation confirmation;

    @Parameters(paramLabel = "DEPARTMENT")
    private String department;

    @Override
    int run(Work work) throws SQLException {
      Map<String, Object> found = new Directory(work).openDepartment(department);
      int inside = work
        .rows(
          """
          SELECT name FROM app_user WHERE department_id = ? AND status = 'active'
          UNION ALL SELECT name FROM department WHERE parent_id = ? AND closed_at IS NULL""",
          found.get("id"),
          found.get("id")
        )
        .size();
      if (inside > 0 || !found.containsKey("parent_id")) {
        throw new AdminException(
          AdminException.CONFLICT,
          inside > 0
            ? "There are " + inside + " active users or open departments in it. Move them first."
            : "The root can't be closed."
        );
      }
      confirmation.ask("The department " + found.get("path") + " will be closed.");
      Map<String, Object> closed = work
        .row(
          "UPDATE department SET closed_at = now(), revision = revision + 1 WHERE id = ? RETURNING id, name, closed_at",
          found.get("id")
        )
        .orElseThrow();
      work.record("department.close", "department", found.get("id"), Map.of(), closed);
      done("Closed " + found.get("path") + ".", closed);
      return 0;
    }
  }

  /** A slash divides names in a path. */
  private static String oneName(String name) {
    if (name.isBlank() || name.contains("/")) {
      throw new AdminException(
        AdminException.USAGE,
        "A department's name may not be empty or contain a “/”."
      );
    }
    return name;
  }
}
