package dev.atrium.admin;

import dev.atrium.keys.Kms;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** One command on the database: its transaction, its output and what becomes of its failures. */
abstract class Task implements Callable<Integer> {

  private static final String UNIQUE_VIOLATION = "23505";
  private static final String FOREIGN_KEY_VIOLATION = "23503";
  private static final String CHECK_VIOLATION = "23514";

  @Mixin
  private DatabaseOptions database;

  @Option(names = "--json", description = "Print JSON, for programs.")
  private boolean json;

  @Spec
  private CommandSpec spec;

  /** Does it; the exit code. What was changed is kept only if it returns. */
  abstract int run(Work work) throws SQLException;

  @Override
  public final Integer call() {
    try (Work work = Work.begin(database.connect())) {
      int code = run(work);
      work.commit();
      return code;
    } catch (SQLException e) {
      throw understood(e);
    }
  }

  /** What the constraints of the tables say, in words. */
  private static AdminException understood(SQLException e) {
    String message = e.getMessage().lines().findFirst().orElse("");
    return switch (String.valueOf(e.getSQLState())) {
      case UNIQUE_VIOLATION -> new AdminException(
        AdminException.CONFLICT,
        "That is there already (" + message + ").",
        e
      );
      case FOREIGN_KEY_VIOLATION -> new AdminException(
        AdminException.CONFLICT,
        "Something else still refers to it (" + message + ").",
        e
      );
      case CHECK_VIOLATION -> new AdminException(
        AdminException.USAGE,
        "That can't be meant (" + message + ").",
        e
      );
      default -> new AdminException(AdminException.FAILED, "The database says: " + message, e);
    };
  }

  /** Where to show how something goes on that takes a while. */
  PrintWriter progress() {
    return spec.commandLine().getErr();
  }

  /** The file of master keys that belongs to the database. */
  Path masterKeyFile() {
    return database.masterKeyFile();
  }

  /** What encrypts that file, if anything does. */
  Optional<Kms> kms() {
    return database.kms();
  }

  PrintWriter out() {
    return spec.commandLine().getOut();
  }

  boolean json() {
    return json;
  }

  /** Says what was done: a sentence, or the row as JSON. */
  void done(String sentence, Map<String, Object> row) {
    out().println(json ? Work.json(row) : sentence);
  }

  /** A table with these columns, or all of the rows as JSON. */
  void table(List<String> columns, List<Map<String, Object>> rows) {
    if (json) {
      out().println(Work.json(rows));
      return;
    }
    Map<String, Integer> widths = columns
      .stream()
      .collect(
        Collectors.toMap(
          c -> c,
          c ->
            rows
              .stream()
              .mapToInt(row -> cell(row, c).length())
              .reduce(c.length(), Math::max)
        )
      );
    line(
      columns,
      widths,
      columns
        .stream()
        .map(c -> c.replace('_', ' '))
        .toList()
    );
    rows.forEach(row ->
      line(
        columns,
        widths,
        columns
          .stream()
          .map(c -> cell(row, c))
          .toList()
      )
    );
  }

  private void line(List<String> columns, Map<String, Integer> widths, List<String> cells) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < columns.size(); i++) {
      line.append(cells.get(i));
      line.repeat(' ', widths.get(columns.get(i)) - cells.get(i).length() + 2);
    }
    out().println(line.toString().stripTrailing());
  }

  private static String cell(Map<String, Object> row, String column) {
    return String.valueOf(row.getOrDefault(column, ""));
  }
}
