package dev.atrium.launcher;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The commands {@code up}, {@code down} and {@code status} of {@code deploy/atrium}. */
@Command(
  name = "atrium",
  subcommands = {
    LauncherMain.UpCommand.class, LauncherMain.DownCommand.class, LauncherMain.StatusCommand.class,
  }
)
public final class LauncherMain {

  private LauncherMain() {}

  /** Exits with 0, or 64 (usage), 69 (something is missing), 73 (taken or newer), 1 (anything else). */
  public static void main(String[] args) {
    System.exit(run(args, new Console(System.out)));
  }

  static int run(String[] args, Console console) {
    CommandLine line = new CommandLine(new LauncherMain());
    line.getCommandSpec().exitCodeOnInvalidInput(LauncherException.USAGE);
    line.setExecutionExceptionHandler((e, _, _) -> failed(e));
    line
      .getSubcommands()
      .values()
      .forEach(sub -> {
        sub.getCommandSpec().exitCodeOnInvalidInput(LauncherException.USAGE);
        Common command = sub.getCommand();
        command.console = console;
      });
    UpCommand up = line.getSubcommands().get("up").getCommand();
    up.arguments = List.of(args);
    try {
      return line.execute(args);
    } catch (Error e) {
      // Picocli hands on what is no exception, such as a library that is missing.
      e.printStackTrace();
      return LauncherException.FAILED;
    }
  }

  private static int failed(Exception e) {
    if (e instanceof LauncherException known) {
      System.err.println(known.getMessage());
      return known.exitCode();
    }
    System.err.println("The launcher failed: " + e);
    e.printStackTrace();
    return LauncherException.FAILED;
  }

  /** What every command has. */
  abstract static class Common implements Callable<Integer> {

    @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "Folder for database, keys and logs (default: .atrium in the repository)."
    )
    Path data;

    @Option(names = { "-h", "--help" }, usageHelp = true, description = "Show this help.")
    boolean help;

    Console console;

    Path data(Installation installation) {
      Path folder = data == null ? installation.defaultData() : data;
      return folder.toAbsolutePath().normalize();
    }
  }

  @Command(
    name = "up",
    description = "Start everything and follow the logs; Ctrl-C stops it in order."
  )
  static final class UpCommand extends Common {

    @Option(
      names = "--port",
      paramLabel = "N",
      defaultValue = "8080",
      description = "HTTP port (default: 8080)."
    )
    int port;

    @Option(
      names = "--hubs",
      paramLabel = "N",
      defaultValue = "1",
      description = "Number of hubs (default: 1)."
    )
    int hubs;

    @Option(
      names = "--nodes",
      paramLabel = "N",
      defaultValue = "1",
      description = "Number of inference nodes (default: 1)."
    )
    int nodes;

    @Option(
      names = "--model",
      paramLabel = "NAME|DIR",
      description = "Model, repeatable (default: the starter model)."
    )
    List<Path> models = List.of();

    @Option(
      names = "--device",
      paramLabel = "cpu|cuda|cuda:N|auto",
      description = "Where the nodes compute; auto takes GPUs if there are any (default: cpu)."
    )
    String device;

    @Option(names = "--detach", description = "Return once chat is ready; `down` stops it.")
    boolean detach;

    List<String> arguments = List.of();

    @Override
    public Integer call() {
      Installation installation = Installation.fromSystemProperty();
      UpOptions options = new UpOptions(
        data(installation),
        port,
        hubs,
        nodes,
        models.isEmpty() ? List.of(installation.starterModel()) : models,
        Optional.ofNullable(device)
      );
      boolean inBackground = Boolean.getBoolean(Detached.PROPERTY);
      if (detach && !inBackground) {
        return Detached.start(arguments, console);
      }
      Settings settings = new Settings(System.getenv());
      return new Up(installation, settings, options, console).run(inBackground);
    }
  }

  @Command(name = "down", description = "Stop what runs on the data folder, in order.")
  static final class DownCommand extends Common {

    @Override
    public Integer call() {
      return Down.run(data(Installation.fromSystemProperty()), console);
    }
  }

  @Command(
    name = "status",
    description = "Show what runs on the data folder; exit code 0 when chat is ready."
  )
  static final class StatusCommand extends Common {

    @Option(names = "--json", description = "Machine-readable.")
    boolean json;

    @Override
    public Integer call() {
      return Status.run(data(Installation.fromSystemProperty()), json, console);
    }
  }
}
