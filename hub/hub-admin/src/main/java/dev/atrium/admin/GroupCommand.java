package dev.atrium.admin;

import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code deploy/atrium group …}. */
@Command(
  name = "group",
  description = "Groups of users.",
  mixinStandardHelpOptions = true,
  subcommands = {
    GroupCommand.ListAll.class,
    GroupCommand.Add.class,
    GroupCommand.Remove.class,
    GroupCommand.Join.class,
    GroupCommand.Leave.class,
  }
)
final class GroupCommand implements Runnable {

  @Spec
  private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Which command of `group`?");
  }

  @Command(
    name = "list",
    description = "All groups and their members.",
    mixinStandardHelpOptions = true
  )
  static final class ListAll extends Task {

    @Override
    int run(Work work) throws SQLException {
      table(
        List.of("name", "members"),
        work.rows(
          """
          SELECT g.name, string_agg(u.name, ', ' ORDER BY lower(u.name)) AS members
          FROM user_group g LEFT JOIN group_member m ON m.group_id = g.id
          LEFT JOIN app_user u ON u.id = m.user_id GROUP BY g.id ORDER BY lower(g.name)"""
        )
      );
      return 0;
    }
  }

  @Command(name = "add", description = "Makes a group.", mixinStandardHelpOptions = true)
  static final class Add extends Task {

    @Parameters(paramLabel = "NAME")
    private String name;

    @Override
    int run(Work work) throws SQLException {
      Map<String, Object> added = work
        .row("INSERT INTO user_group (name) VALUES (?) RETURNING id, name", name)
        .orElseThrow();
      work.record("group.add", "group", added.get("id"), Map.of(), added);
      done("Made the group “" + name + "”.", added);
      return 0;
    }
  }

  @Command(
    name = "remove",
    description = "Removes a group that no rule speaks of, with its memberships.",
    mixinStandardHelpOptions = true
  )
  static final class Remove extends Task {

    @Mixin
    private Confirmation confirmation;

    @Parameters(paramLabel = "NAME")
    private String name;

    @Override
    int run(Work work) throws SQLException {
      Map<String, Object> group = new Directory(work).group(name);
      List<String> rules = work
        .rows("SELECT id FROM permission_rule WHERE group_id = ? ORDER BY id", group.get("id"))
        .stream()
        .map(row -> row.get("id").toString())
        .toList();
      if (!rules.isEmpty()) {
        throw new AdminException(
          AdminException.CONFLICT,
          "Rules speak of this group: " + String.join(", ", rules) + ". Remove them first."
        );
      }
      List<Object> members = work
        .rows("SELECT user_id FROM group_member WHERE group_id = ?", group.get("id"))
        .stream()
        .map(row -> row.get("user_id"))
        .toList();
      confirmation.ask(
        "The group “" + name + "” will be removed with its " + members.size() + " memberships."
      );
      work.change("DELETE FROM user_group WHERE id = ?", group.get("id"));
      work.record(
        "group.remove",
        "group",
        group.get("id"),
        Map.of("name", group.get("name"), "members", members),
        Map.of()
      );
      done("Removed the group “" + name + "”.", group);
      return 0;
    }
  }

  /** What joining and leaving have in common. */
  abstract static class Membership extends Task {

    @Parameters(index = "0", paramLabel = "GROUP")
    private String groupName;

    @Parameters(index = "1", paramLabel = "USER")
    private String userName;

    /** Changes the membership; whether there was anything to change. */
    abstract boolean change(Work work, Map<String, Object> group, Map<String, Object> user)
      throws SQLException;

    abstract String action();

    abstract String sentence(boolean changed);

    @Override
    final int run(Work work) throws SQLException {
      Directory directory = new Directory(work);
      Map<String, Object> group = directory.group(groupName);
      Map<String, Object> user = directory.user(userName);
      boolean changed = change(work, group, user);
      Map<String, Object> what = Map.of("group", group.get("name"), "user", user.get("name"));
      if (changed) {
        boolean joins = action().equals("group.join");
        Map<String, Object> member = Map.of("group", group.get("name"), "user", user.get("id"));
        work.record(
          action(),
          "group",
          group.get("id"),
          joins ? Map.of() : member,
          joins ? member : Map.of()
        );
      }
      done("“" + userName + "” " + sentence(changed) + " “" + groupName + "”.", what);
      return 0;
    }
  }

  @Command(
    name = "join",
    description = "Puts a user into a group.",
    mixinStandardHelpOptions = true
  )
  static final class Join extends Membership {

    @Override
    boolean change(Work work, Map<String, Object> group, Map<String, Object> user)
      throws SQLException {
      return (
        work.change(
          "INSERT INTO group_member (group_id, user_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
          group.get("id"),
          user.get("id")
        ) ==
        1
      );
    }

    @Override
    String action() {
      return "group.join";
    }

    @Override
    String sentence(boolean changed) {
      return changed ? "is now in" : "is already in";
    }
  }

  @Command(
    name = "leave",
    description = "Takes a user out of a group.",
    mixinStandardHelpOptions = true
  )
  static final class Leave extends Membership {

    @Override
    boolean change(Work work, Map<String, Object> group, Map<String, Object> user)
      throws SQLException {
      return (
        work.change(
          "DELETE FROM group_member WHERE group_id = ? AND user_id = ?",
          group.get("id"),
          user.get("id")
        ) ==
        1
      );
    }

    @Override
    String action() {
      return "group.leave";
    }

    @Override
    String sentence(boolean changed) {
      return changed ? "is no longer in" : "is not in";
    }
  }
}
