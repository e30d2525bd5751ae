package dev.atrium.admin;

import java.sql.SQLException;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code deploy/atrium budget project}. */
@Command(
  name = "project",
  description = "Says which project pays along for a user or a service account; without one: none.",
  mixinStandardHelpOptions = true
)
final class ProjectTask extends Task {

  @Parameters(index = "0", paramLabel = "USER")
  private String userName;

  @Parameters(index = "1", arity = "0..1", paramLabel = "PROJECT")
  private String project;

  @Override
  int run(Work work) throws SQLException {
    Object user = new Directory(work).user(userName).get("id");
    Map<String, Object> before = work
      .row("SELECT project FROM project_member WHERE user_id = ? FOR UPDATE", user)
      .orElse(Map.of());
    if (project == null) {
      work.change("DELETE FROM project_member WHERE user_id = ?", user);
    } else {
      work.change(
        """
        INSERT INTO project_member (user_id, project) VALUES (?, ?)
        ON CONFLICT (user_id) DO UPDATE SET project = excluded.project, added_at = now()""",
        user,
        project
      );
    }
    Map<String, Object> after = project == null ? Map.of() : Map.of("project", project);
    work.recordOf("budget.project", user, before, after, Map.of());
    done(
      project == null
        ? "No project pays for " + userName + "."
        : "Project “" + project + "” pays along for " + userName + ".",
      after
    );
    return 0;
  }
}
