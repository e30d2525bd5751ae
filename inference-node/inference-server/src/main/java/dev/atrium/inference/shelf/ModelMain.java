package dev.atrium.inference.shelf;

import dev.atrium.engine.model.Device;
import dev.atrium.engine.model.MemoryPlan;
import dev.atrium.engine.model.ModelLoadException;
import dev.atrium.engine.model.NetworkShape;
import dev.atrium.engine.model.Precision;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** {@code deploy/atrium model list|add|remove|show|pull|load|unload}: the models on this machine. */
@Command(
  name = "model",
  description = "The models that lie on this machine.",
  synopsisSubcommandLabel = "list|add|remove|show|pull|load|unload"
)
public final class ModelMain implements Runnable {

  @Spec
  private CommandSpec spec;

  @Option(
    names = "--data",
    paramLabel = "DIR",
    scope = ScopeType.INHERIT,
    description = "The data folder; models lie in its folder models (default: .atrium in the repository)."
  )
  private Path data;

  @Option(
    names = { "-h", "--help" },
    usageHelp = true,
    scope = ScopeType.INHERIT,
    description = "Show this help."
  )
  private boolean help;

  private final Map<String, String> environment;
  private final boolean live;

  private ModelMain(Map<String, String> environment, boolean live) {
    this.environment = environment;
    this.live = live;
  }

  /**
   * Exits with 0, or 64 (usage), 65 (what came or lies there is not what it should be), 66 (what is named
   * does not exist), 69 (the endpoint can't be reached, or no node runs), 73 (something is in the way), 1 (else).
   */
  public static void main(String[] args) {
    System.exit(
      run(
        args,
        System.getenv(),
        new PrintWriter(System.out, true, StandardCharsets.UTF_8),
        new PrintWriter(System.err, true, StandardCharsets.UTF_8),
        System.console() != null && System.console().isTerminal()
      )
    );
  }

  static int run(
    String[] args,
    Map<String, String> environment,
    PrintWriter out,
    PrintWriter err,
    boolean live
  ) {
    CommandLine line = new CommandLine(new ModelMain(environment, live)).setOut(out).setErr(err);
    line.getCommandSpec().exitCodeOnInvalidInput(ShelfException.USAGE);
    line
      .getSubcommands()
      .values()
      .forEach(sub -> sub.getCommandSpec().exitCodeOnInvalidInput(ShelfException.USAGE));
    line.setExecutionExceptionHandler((e, _, _) -> {
      if (e instanceof ShelfException known) {
        err.println(known.getMessage());
        return known.exitCode();
      }
      err.println("The command failed: " + e);
      return ShelfException.FAILED;
    });
    return line.execute(args);
  }

  @Override
  public void run() {
    throw new CommandLine.ParameterException(
      spec.commandLine(),
      "Say list, add, remove, show, pull, load or unload (--help tells more)."
    );
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }

  private Path folder() {
    Path root = Path.of(System.getProperty("atrium.root", "."));
    Path folder = data == null ? root.resolve(".atrium") : data;
    return folder.toAbsolutePath().normalize();
  }

  private Shelf shelf() {
    return new Shelf(folder().resolve("models"));
  }

  private LoadedModels loaded() {
    return new LoadedModels(folder(), out(), Duration.ofMinutes(15));
  }

  @Command(name = "list", description = "What there is, with its size and context.")
  int list() throws IOException {
    Shelf shelf = shelf();
    for (String name : shelf.names()) {
      Path place = shelf.find(name);
      out().printf(Locale.ROOT, "%-32s %10s  %s%n", name, Progress.bytes(size(place)), kind(place));
    }
    return 0;
  }

  private static String kind(Path place) {
    try {
      NetworkShape shape = NetworkShape.read(place);
      return String.format(
        Locale.ROOT,
        "%.2f billion parameters, %,d tokens of context",
        shape.parameters() / 1e9,
        shape.contextLength()
      );
    } catch (ModelLoadException e) {
      return e.getMessage();
    }
  }

  private static long size(Path place) throws IOException {
    long size = 0;
    try (Stream<Path> files = Files.list(place)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        size += Files.size(file);
      }
    }
    return size;
  }

  @Command(name = "add", description = "Adds a directory that lies elsewhere; it stays there.")
  int add(
    @Parameters(paramLabel = "DIR", description = "A model in Hugging Face's layout.") Path dir,
    @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "Its name (default: the directory's)."
    ) String name
  ) throws IOException {
    if (!Files.isDirectory(dir)) {
      throw new ShelfException(ShelfException.UNKNOWN, "There is no directory " + dir + ".");
    }
    try {
      NetworkShape.read(dir);
    } catch (ModelLoadException e) {
      throw new ShelfException(ShelfException.DAMAGED, dir + " can't be run: " + e.getMessage(), e);
    }
    String own = dir.toRealPath().getFileName().toString();
    shelf().link(name == null ? own : name, dir);
    return 0;
  }

  @Command(name = "remove", description = "Removes a model; of an added one not its directory.")
  int remove(@Parameters(paramLabel = "NAME") String name) throws IOException {
    if (loaded().has(shelf().place(name))) {
      throw new ShelfException(
        ShelfException.CONFLICT,
        name + " is loaded; unload it first: deploy/atrium model unload " + name
      );
    }
    shelf().remove(name);
    return 0;
  }

  @Command(
    name = "load",
    description = "Loads a model into the nodes that run here, without a restart."
  )
  int load(@Parameters(paramLabel = "NAME|DIR") String model) throws IOException {
    loaded().load(place(model));
    return 0;
  }

  @Command(
    name = "unload",
    description = "Unloads a model; answers that it writes are finished first."
  )
  int unload(@Parameters(paramLabel = "NAME|DIR") String model) throws IOException {
    loaded().unload(model, Shelf.isName(model) ? shelf().place(model) : absolute(model));
    return 0;
  }

  /** As `up --model` reads it: a name of the shelf, or a directory. */
  private Path place(String model) {
    boolean named =
      Shelf.isName(model) && (shelf().has(model) || !Files.isDirectory(Path.of(model)));
    Path place = named ? shelf().find(model) : absolute(model);
    if (!Files.isDirectory(place)) {
      throw new ShelfException(ShelfException.UNKNOWN, "There is no directory " + place + ".");
    }
    return place;
  }

  private static Path absolute(String directory) {
    return Path.of(directory).toAbsolutePath().normalize();
  }

  @Command(
    name = "show",
    description = "Its shape, the memory that it takes, and where it is from."
  )
  int show(@Parameters(paramLabel = "NAME") String name) throws IOException {
    Path place = shelf().find(name);
    out().println(name + ": " + kind(place));
    out().println(place.toRealPath());
    Path source = place.resolve(Pull.SOURCE);
    if (Files.exists(source)) {
      JsonObject from = new JsonObject(Files.readString(source));
      out().println(
        "from " + from.getString("repository") + ", commit " + from.getString("commit")
      );
    }
    NetworkShape shape;
    try {
      shape = NetworkShape.read(place);
    } catch (ModelLoadException e) {
      throw new ShelfException(
        ShelfException.DAMAGED,
        name + " can't be run: " + e.getMessage(),
        e
      );
    }
    for (Precision precision : Precision.on(Device.CPU)) {
      MemoryPlan plan = MemoryPlan.of(shape, precision, 0, Long.MAX_VALUE / 2);
      out().printf("%-5s %s%n", precision.label(), plan.words());
    }
    MemoryPlan plan = MemoryPlan.onGpu(shape, Precision.BF16, 0, Long.MAX_VALUE / 2);
    out().println("on a GPU, bf16 or fp16: " + plan.words());
    return 0;
  }

  @Command(name = "pull", description = "Fetches a model from a Hugging Face endpoint.")
  int pull(
    @Parameters(paramLabel = "ORG/NAME", description = "The repository.") String id,
    @Option(
      names = "--revision",
      paramLabel = "R",
      defaultValue = "main",
      description = "A branch, a tag or a commit (default: ${DEFAULT-VALUE})."
    ) String revision,
    @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "Its name here (default: the repository's)."
    ) String name
  ) throws IOException {
    String own = Pull.nameOf(id);
    try (Endpoint endpoint = Endpoint.of(environment)) {
      Download download = new Download(endpoint, Duration.ofSeconds(1), Duration.ofMinutes(1));
      Path place = new Pull(
        shelf(),
        endpoint,
        download,
        new Progress(spec.commandLine().getErr(), live)
      ).run(id, revision, name == null ? own : name);
      out().println(
        place.getFileName() +
        " is there; run it with: deploy/atrium up --model " +
        place.getFileName()
      );
    }
    return 0;
  }
}
