package dev.atrium.admin;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The commands of {@code deploy/atrium} that administer an installation through its database. */
@Command(
  name = "deploy/atrium",
  subcommands = {
    AuditCommand.class,
    UserCommand.class,
    DepartmentCommand.class,
    GroupCommand.class,
    GrantCommand.class,
    LimitCommand.class,
    BudgetCommand.class,
    KeyCommand.class,
    SubjectCommand.class,
    HoldCommand.class,
    RetentionCommand.class,
    EncryptionCommand.class,
    JobCommand.class,
    BreakGlassCommand.class,
    SensitiveCommand.class,
    PromptCommand.class,
    ShareCommand.class,
  }
)
public final class AdminMain implements Runnable {

  @Spec
  private CommandSpec spec;

  private AdminMain() {}

  /**
   * Exits with 0, or 64 (usage), 65 (a file is not what it should be), 66 (what is named does not
   * exist), 69 (the database or a file is missing), 73 (something is in the way, or the database is of
   * another version), 1 (anything else); a command may have further
   * codes of its own.
   */
  public static void main(String[] args) {
    System.exit(
      run(
        args,
        System.getenv(),
        new PrintWriter(System.out, true, StandardCharsets.UTF_8),
        new PrintWriter(System.err, true, StandardCharsets.UTF_8)
      )
    );
  }

  /** Runs one command; answers with its exit code. */
  public static int run(
    String[] args,
    Map<String, String> environment,
    PrintWriter out,
    PrintWriter err
  ) {
    CommandLine line = new CommandLine(new AdminMain()).setOut(out).setErr(err);
    prepare(line, environment);
    line.setExecutionExceptionHandler((e, _, _) -> {
      if (e instanceof AdminException known) {
        err.println(known.getMessage());
        return known.exitCode();
      }
      err.println("The command failed: " + e);
      e.printStackTrace(err);
      return AdminException.FAILED;
    });
    return line.execute(args);
  }

  private static void prepare(CommandLine line, Map<String, String> environment) {
    line.getCommandSpec().exitCodeOnInvalidInput(AdminException.USAGE);
    for (CommandSpec mixin : line.getCommandSpec().mixins().values()) {
      if (mixin.userObject() instanceof DatabaseOptions options) {
        options.environment = environment;
      }
    }
    line
      .getSubcommands()
      .values()
      .forEach(sub -> prepare(sub, environment));
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Which command?");
  }
}
