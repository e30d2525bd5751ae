package dev.atrium.engine.cli;

import dev.atrium.engine.PromptException;
import dev.atrium.engine.model.ModelLoadException;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import sun.misc.Signal;

/**
 * {@code engine generate|logits|bench|export}. Exit codes: 0, 64 bad usage, 69 no such model or device,
 * 130 after SIGINT and 143 after SIGTERM, 1 else.
 */
@Command(
  name = "engine",
  description = "Runs a language model without a server.",
  mixinStandardHelpOptions = true,
  subcommands = {
    GenerateCommand.class, LogitsCommand.class, BenchCommand.class, ExportCommand.class,
  },
  exitCodeOnInvalidInput = ExitCodes.BAD_USAGE,
  synopsisSubcommandLabel = "generate|logits|bench|export"
)
public final class EngineMain {

  /** A shell tells a signal so. */
  private static final int SIGNALLED = 128;

  private EngineMain() {}

  /** Runs a command and ends the process with its exit code. */
  public static void main(String[] args) {
    // Must be set before the first logger is made, or logback talks to stdout.
    if (System.getProperty("logback.configurationFile") == null) {
      System.setProperty("logback.configurationFile", "dev/atrium/engine/cli-logback.xml");
    }
    PrintWriter out = new PrintWriter(System.out, false);
    for (String name : new String[] { "TERM", "INT" }) {
      Signal.handle(new Signal(name), signal -> {
        out.flush();
        halt(SIGNALLED + signal.getNumber());
      });
    }
    System.exit(run(args, out, new PrintWriter(System.err, true)));
  }

  /** Without libtorch's destructors: they would free what the step that runs now still uses. */
  private static void halt(int code) {
    System.out.flush();
    System.err.flush();
    Runtime.getRuntime().halt(code);
  }

  /** Runs a command and returns its exit code. */
  static int run(String[] args, PrintWriter out, PrintWriter err) {
    CommandLine commands = new CommandLine(new EngineMain())
      .setOut(out)
      .setErr(err)
      .setCaseInsensitiveEnumValuesAllowed(true)
      .setParameterExceptionHandler(usage())
      .setExecutionExceptionHandler(failure());
    int code = args.length == 0 ? noCommand(commands) : commands.execute(args);
    out.flush();
    err.flush();
    return code;
  }

  private static int noCommand(CommandLine commands) {
    commands.getErr().println("engine: say generate, logits, bench or export (--help tells more)");
    return ExitCodes.BAD_USAGE;
  }

  private static IParameterExceptionHandler usage() {
    return (e, _) -> {
      e.getCommandLine().getErr().println("engine: " + e.getMessage());
      return ExitCodes.BAD_USAGE;
    };
  }

  private static IExecutionExceptionHandler failure() {
    return (e, command, _) -> {
      command.getErr().println("engine: " + sentence(e));
      return switch (e) {
        case ModelLoadException m when m.code().endsWith("_missing") -> ExitCodes.NOT_THERE;
        case IllegalArgumentException _ -> ExitCodes.BAD_USAGE;
        case PromptException _ -> ExitCodes.BAD_USAGE;
        default -> ExitCodes.FAILED;
      };
    };
  }

  private static String sentence(Exception e) {
    String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    return message.lines().findFirst().orElse(message);
  }
}
