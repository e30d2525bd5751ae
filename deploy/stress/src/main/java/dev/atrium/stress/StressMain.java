package dev.atrium.stress;

import dev.atrium.stress.system.Fault;
import dev.atrium.stress.system.StressException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code deploy/atrium stress}. Exits with 0 if nothing was violated, 1 if something was, 64 (usage) or
 * 69 (something is missing).
 */
@Command(
  name = "atrium stress",
  description = "Load and faults on a whole system; every transcript is compared with the database.",
  showDefaultValues = true
)
public final class StressMain implements Callable<Integer> {

  @Option(names = "--hubs", paramLabel = "N", description = "Hubs to start.")
  int hubs = 2;

  @Option(names = "--nodes", paramLabel = "N", description = "Inference nodes to start.")
  int nodes = 2;

  @Option(names = "--sockets", paramLabel = "N", description = "Sockets that stay idle.")
  int sockets;

  @Option(names = "--streams", paramLabel = "N", description = "Answers written at once.")
  int streams = 20;

  @Option(
    names = "--rate",
    paramLabel = "N",
    description = "Tokens a second of each stream (scripted model); nearly as many frames."
  )
  int rate = 20;

  @Option(names = "--duration", paramLabel = "SECONDS", description = "How long prompts are sent.")
  long duration = 60;

  @Option(
    names = "--frames",
    paramLabel = "N",
    description = "Or until so many frames were received."
  )
  long frames;

  @Option(
    names = "--faults",
    paramLabel = "NAME",
    split = ",",
    description = "kill-node, kill-hub, kill-both, stop-hub, term-hub, term-node, database, link, cut-lines; drawn by the seed."
  )
  List<String> faults = List.of();

  @Option(
    names = "--points",
    paramLabel = "N",
    description = "The faults come at seeded points of answers, so many, one after the other."
  )
  int points;

  @Option(names = "--every", paramLabel = "SECONDS", description = "The pause between two faults.")
  long every = 5;

  @Option(
    names = "--cut",
    paramLabel = "SECONDS",
    description = "How long cut-lines and --cuts cut a line at most."
  )
  long cut = 20;

  @Option(
    names = "--cuts",
    paramLabel = "N",
    description = "Single readers lose their connections, so many times."
  )
  int cuts;

  @Option(
    names = "--stalled",
    paramLabel = "N",
    description = "So many readers stop reading in every second phase; needs --clock."
  )
  int stalled;

  @Option(
    names = "--flood",
    paramLabel = "N",
    description = "So many strangers a second try passwords, in every second phase."
  )
  int flood;

  @Option(names = "--seed", paramLabel = "N", description = "Repeats a run (default: drawn).")
  Long seed;

  @Option(names = "--model", paramLabel = "NAME", description = "scripted or starter.")
  String model = "scripted";

  @Option(
    names = "--clock",
    description = "Times each frame's way: the scripted model writes the time into its text."
  )
  boolean clock;

  @Option(
    names = "--warm-up",
    paramLabel = "SECONDS",
    description = "Durations of the first seconds are left out."
  )
  long warmUp;

  @Option(names = "--data", paramLabel = "DIR", description = "Data folder of the system to start.")
  Path data;

  @Option(names = "--attach", paramLabel = "RUN.JSON", description = "Use a running system.")
  Path attach;

  @Option(names = "--report", paramLabel = "FILE", description = "Write the figures as JSON.")
  Path report;

  @Option(names = { "-h", "--help" }, usageHelp = true, description = "Show this help.")
  boolean help;

  private StressMain() {}

  public static void main(String[] args) {
    CommandLine line = new CommandLine(new StressMain());
    line.getCommandSpec().exitCodeOnInvalidInput(StressException.USAGE);
    line.setExecutionExceptionHandler((e, _, _) -> failed(e));
    System.exit(line.execute(args));
  }

  private static int failed(Exception e) {
    if (e instanceof StressException known) {
      System.err.println("stress: " + known.getMessage());
      return known.exitCode();
    }
    e.printStackTrace();
    return 1;
  }

  @Override
  public Integer call() throws Exception {
    Path root = Path.of(System.getProperty("atrium.root", "."));
    StressOptions options = options();
    Report found = new StressRun(options, System.out).run(root);
    System.out.print(found);
    if (options.report().isPresent()) {
      Files.writeString(options.report().get(), found.toJson().encodePrettily() + "\n");
    }
    return found.violations().isEmpty() ? 0 : 1;
  }

  private StressOptions options() throws IOException {
    List<Fault> known = new ArrayList<>();
    for (String name : faults) {
      known.add(
        Fault.of(name).orElseThrow(() ->
          new StressException(StressException.USAGE, "There is no fault “" + name + "”.")
        )
      );
    }
    if (!model.equals("scripted") && !model.equals("starter")) {
      throw new StressException(StressException.USAGE, "--model is scripted or starter.");
    }
    return new StressOptions(
      hubs,
      nodes,
      sockets,
      streams,
      rate,
      Duration.ofSeconds(duration),
      frames,
      known,
      points,
      Duration.ofSeconds(every),
      cuts,
      Duration.ofSeconds(cut),
      stalled,
      flood,
      seed == null ? new Random().nextLong(1 << 30) : seed,
      model.equals("scripted"),
      clock,
      Duration.ofSeconds(warmUp),
      data == null && attach == null ? Files.createTempDirectory("atrium-stress") : data,
      Optional.ofNullable(attach),
      Optional.ofNullable(report)
    );
  }
}
