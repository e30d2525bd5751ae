package dev.atrium.stress;

import dev.atrium.stress.check.Verdict;
import dev.atrium.stress.client.Crowd;
import dev.atrium.stress.client.Cut;
import dev.atrium.stress.client.Exchange;
import dev.atrium.stress.client.Flood;
import dev.atrium.stress.client.People;
import dev.atrium.stress.client.Person;
import dev.atrium.stress.client.Prompts;
import dev.atrium.stress.figures.Figures;
import dev.atrium.stress.figures.Figures.Count;
import dev.atrium.stress.figures.Stalls;
import dev.atrium.stress.figures.Violations;
import dev.atrium.stress.figures.Violations.Kind;
import dev.atrium.stress.system.Blows;
import dev.atrium.stress.system.Fault;
import dev.atrium.stress.system.Faults;
import dev.atrium.stress.system.Held;
import dev.atrium.stress.system.LaunchedSystem;
import dev.atrium.stress.system.Links;
import dev.atrium.stress.system.Pause;
import dev.atrium.stress.system.ProcessFigures;
import dev.atrium.stress.system.RunningSystem;
import dev.atrium.stress.system.StressException;
import dev.atrium.stress.system.SystemFile;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/** One run, from the start of the system to the verdict. */
public final class StressRun {

  private static final Duration ALL_ONLINE_WITHIN = Duration.ofMinutes(5);
  private static final Duration ALL_BACK_WITHIN = Duration.ofMinutes(2);
  private static final Duration ANSWERED_WITHIN = Duration.ofMinutes(2);
  /** After the loss of one process. */
  private static final Duration TEXT_AGAIN_WITHIN = Duration.ofSeconds(6);
  private static final Duration SETTLED = Duration.ofSeconds(3);
  /** Text that a process wrote before it was hit may come so much later. */
  private static final Duration IN_FLIGHT = Duration.ofSeconds(1);
  private static final long PROGRESS_MS = 5_000;
  /** Where members are slow to come back, the frames come sooner than the faults. */
  private static final int LEAST_FAULTS = 4;
  private static final long POLL_MS = 50;

  private final StressOptions options;
  private final PrintStream out;
  private final Figures figures = new Figures();
  private final Stalls stalls = new Stalls();
  private final Violations violations = new Violations();
  private final Report report;
  private RunningSystem system;
  private Crowd crowd;
  private Prompts prompts;
  private Verdict verdict;
  private Blows blows;
  private List<PointSeries.Struck> points = List.of();
  private final AtomicInteger dealt = new AtomicInteger();
  private int told;
  private long secondsOver;

  public StressRun(StressOptions options, PrintStream out) {
    this.options = options;
    this.out = out;
    this.report = new Report(options, figures, stalls, violations);
  }

  /** Returns what was found; the system that was started for it is stopped again. */
  public Report run(Path root) throws SQLException {
    out.printf("seed %d%n", options.seed());
    if (options.attach().isPresent()) {
      drive(options.attach().get(), Optional.empty());
      return report;
    }
    LaunchedSystem.Wanted wanted = new LaunchedSystem.Wanted(
      options.data(),
      options.hubs(),
      options.nodes(),
      options.scripted() ? options.rate() : 0,
      options.clock(),
      options.faults().contains(Fault.LINK)
    );
    out.printf("data folder %s%n", options.data());
    try (LaunchedSystem launched = LaunchedSystem.start(root, wanted)) {
      out.printf("%d hubs and %d nodes are ready%n", options.hubs(), options.nodes());
      drive(launched.runFile(), launched.links());
    }
    return report;
  }

  private void drive(Path runFile, Optional<Links> links) throws SQLException {
    system = new RunningSystem(runFile);
    report.members(system.now().hubs().size(), system.now().nodes().size());
    int idlers = Crowd.peopleFor(options.sockets());
    List<Person> people;
    try (Connection db = system.database()) {
      people = People.add(db, idlers + options.streams());
    }
    boolean exact = options.scripted() && !options.clock();
    prompts = new Prompts(options.seed(), options.scripted(), exact, violations);
    verdict = new Verdict(system, people.stream().map(Person::id).toList(), violations);
    verdict.prepare();
    crowd = new Crowd(system.addresses(), system::database, options.seed(), figures, violations);
    try {
      openIdle(people.subList(0, idlers));
      crowd.openChats(people.subList(idlers, people.size()), prompts, stalls);
      awaitOnline();
      Map<String, Held> held = Held.byAll(system.now());
      blows = new Blows(system, links, effects());
      load();
      settle();
      out.printf("  %6.1f s  every answer has ended%n", report.seconds(System.nanoTime()));
      verdict.checkTexts(crowd, prompts.all());
      if (figures.get(Count.REPEATED_BYTES) > 0) {
        violations.add(Kind.TEXT, "%d bytes came twice", figures.get(Count.REPEATED_BYTES));
      }
      out.printf("  %6.1f s  every text is compared%n", report.seconds(System.nanoTime()));
      crowd.hangUp();
      Pause.millis(SETTLED.toMillis());
      report.unwanted(verdict.checkRows(prompts.all(), exact));
      report.attempts(verdict.attempts());
      report.lostTogether(prompts.lostTogether());
      if (options.points() > 0) {
        report.prefills(verdict.checkPrefills(blows.dealt()));
        checkPace();
      }
      verdict.checkProcesses(held);
    } finally {
      crowd.close();
    }
  }

  /** Whoever lost one process, and not its hub and its node together, reads on in time. */
  private void checkPace() {
    for (PointSeries.Struck struck : points) {
      long again = struck.point().againMillis();
      boolean one = struck.blow().fault() != Fault.KILL_BOTH;
      if (again < 0 || (one && again > TEXT_AGAIN_WITHIN.toMillis())) {
        violations.add(
          Kind.STALL,
          "%s at %d of %d code points of %s: text moved again after %d ms",
          struck.blow(),
          struck.point().position(),
          struck.point().length(),
          struck.point().exchange(),
          again
        );
      }
    }
  }

  private void openIdle(List<Person> people) {
    if (options.sockets() == 0) {
      return;
    }
    long before = residentKib();
    crowd.openIdle(people, options.sockets());
    awaitOnline();
    Pause.millis(SETTLED.toMillis());
    long after = residentKib();
    report.idleKib(before, after);
    out.printf("%d idle sockets: hubs grew from %d to %d KiB%n", options.sockets(), before, after);
  }

  /** The hubs' resident sets together, with their garbage collected. */
  private long residentKib() {
    long sum = 0;
    for (SystemFile.Member hub : system.now().hubs()) {
      ProcessFigures.collectGarbage(hub.pid());
      sum += ProcessFigures.residentKib(hub.pid());
    }
    return sum;
  }

  /** What the run is made for, until its time is over, enough frames have come, or every point was struck. */
  private void load() {
    report.begin();
    if (options.cuts() > 0) {
      List<Cut> cuts = Cut.plan(options.seed(), options.cuts(), options.cut(), options.duration());
      crowd.cutAlong(cuts);
      report.cuts(cuts);
    }
    if (options.points() > 0) {
      strikePoints();
    } else if (options.stalled() > 0) {
      stallReaders();
    } else if (options.flood() > 0) {
      flood();
    } else {
      dealFaults();
    }
    if (!blows.awaitAllBack(ALL_BACK_WITHIN)) {
      violations.add(Kind.LEAK, "not everybody who was killed has come back");
    }
  }

  /** No more prompts are sent. */
  private void end() {
    report.end();
    crowd.stopTiming();
    prompts.close();
  }

  private void strikePoints() {
    PointSeries series = new PointSeries(
      crowd,
      blows,
      options.faults(),
      options.points(),
      options.seed(),
      violations
    );
    series.start();
    watch(series::over);
    end();
    points = series.struck();
    report.points(points);
  }

  private void stallReaders() {
    StallPhases phases = new StallPhases(
      system,
      crowd,
      figures,
      options.stalled(),
      options.duration(),
      out
    );
    phases.run();
    end();
    report.stalled(phases.toJson());
  }

  private void flood() {
    List<URI> hubs = system.addresses().stream().skip(1).map(URI::create).toList();
    try (Flood strangers = new Flood(hubs, options.flood())) {
      FloodPhases phases = new FloodPhases(strangers, figures, options.duration(), out);
      phases.run();
      end();
      report.flood(phases.toJson());
    }
  }

  private void dealFaults() {
    try (Faults faults = new Faults(blows, options.faults(), options.every(), options.seed())) {
      faults.start();
      long begin = System.nanoTime();
      long end = begin + options.duration().toNanos();
      // On a slow machine half of them came before the last socket was open, and without a fault.
      long before = figures.get(Count.FRAMES);
      watch(() -> {
        keepTime(begin);
        return enough(end, before);
      });
      end();
    }
  }

  private void watch(BooleanSupplier over) {
    long nextWord = System.nanoTime();
    while (!over.getAsBoolean()) {
      if (System.nanoTime() - nextWord >= 0) {
        progress();
        nextWord += PROGRESS_MS * 1_000_000;
      }
      watchSockets();
      Pause.millis(POLL_MS);
    }
  }

  /** Closes each second that is over; the last of the warm-up takes what was noted so far with it. */
  private void keepTime(long beginNanos) {
    while (System.nanoTime() - beginNanos >= TimeUnit.SECONDS.toNanos(secondsOver + 1)) {
      secondsOver++;
      figures.timeline.next();
      if (secondsOver == options.warmUp().toSeconds()) {
        figures.warm();
        out.printf("  %6.1f s  warmed up%n", report.seconds(System.nanoTime()));
      }
    }
  }

  private boolean enough(long endNanos, long framesBefore) {
    boolean late = System.nanoTime() - endNanos >= 0;
    long frames = figures.get(Count.FRAMES) - framesBefore;
    boolean hit = options.faults().isEmpty() || dealt.get() >= LEAST_FAULTS;
    return late || (options.frames() > 0 && frames >= options.frames() && hit);
  }

  private Blows.Effects effects() {
    return new Blows.Effects() {
      @Override
      public void dealt(Blows.Dealt blow) {
        dealt.incrementAndGet();
        if (blow.fault() == Fault.CUT_LINES) {
          crowd.cutSome(options.cut());
        } else {
          stalls.fault(blow.toString(), blow.atNanos());
        }
        out.printf("  %6.1f s  %s%n", report.seconds(blow.atNanos()), blow);
      }

      @Override
      public void happened(Blows.Dealt blow) {
        if (blow.fault() == Fault.KILL_BOTH) {
          // Whose they were stands in the database until the lease of the dead hub has ended.
          lostTogether(blow.victims().getFirst().id(), blow.victims().getLast().id());
        }
      }

      @Override
      public boolean overcome() {
        List<Stalls.AfterFault> faults = stalls.all();
        return (
          faults.isEmpty() ||
          crowd.standingStill(faults.getLast().atNanos() + IN_FLIGHT.toNanos()) == 0
        );
      }
    };
  }

  private void lostTogether(String hub, String node) {
    try {
      prompts.lostTogether(verdict.writtenBy(hub, node));
    } catch (SQLException e) {
      throw new StressException(StressException.UNAVAILABLE, "The database can't be asked", e);
    }
  }

  /** After a fault that costs sockets, the moment when every one is there again. */
  private void watchSockets() {
    Optional<Stalls.AfterFault> hit = stalls
      .all()
      .reversed()
      .stream()
      .filter(fault -> fault.fault().contains("hub"))
      .findFirst();
    if (hit.isEmpty() || hit.get().socketsBackSeconds() > 0) {
      return;
    }
    if (crowd.online() < crowd.size()) {
      hit.get().socketsAway();
    } else if (hit.get().lostSockets()) {
      hit.get().socketsBack(System.nanoTime());
    }
  }

  private void progress() {
    List<Violations.Violation> found = violations.all();
    found.subList(told, found.size()).forEach(violation -> out.println("VIOLATION " + violation));
    told = found.size();
    out.printf(
      "  %6.1f s  %d frames, %d of %d sockets, %d answers under way, %d violations%s%n",
      report.seconds(System.nanoTime()),
      figures.get(Count.FRAMES),
      crowd.online(),
      crowd.size(),
      crowd.busy(),
      told,
      options.clock() ? ", p99 %.1f ms".formatted(figures.latency.millisAt(0.99)) : ""
    );
  }

  /** Every answer gets the time to come to its end. */
  private void settle() {
    // Half a minute of the longest answers would prove nothing new; a stop in a crowd does.
    crowd.stopAll();
    // Planned cuts are over by now; those that a fault made may have begun just before.
    Duration cut = options.faults().contains(Fault.CUT_LINES) ? options.cut() : Duration.ZERO;
    long end = System.nanoTime() + ANSWERED_WITHIN.plus(cut).toNanos();
    while (crowd.busy() > 0 && System.nanoTime() < end) {
      Pause.millis(POLL_MS);
    }
    for (Exchange exchange : crowd.underWay()) {
      if (exchange.saved().isPresent()) {
        violations.add(
          Kind.END,
          "%s has no end %d s after the last prompt; %d characters shown",
          exchange,
          ANSWERED_WITHIN.toSeconds(),
          exchange.text().length()
        );
      }
    }
  }

  /** Waits for every socket, and says how it goes. */
  private void awaitOnline() {
    long end = System.nanoTime() + ALL_ONLINE_WITHIN.toNanos();
    long nextWord = System.nanoTime() + PROGRESS_MS * 1_000_000;
    int online = crowd.online();
    while (online < crowd.size()) {
      if (System.nanoTime() - end > 0) {
        throw new StressException(
          StressException.UNAVAILABLE,
          "Only %d of %d sockets could be opened.".formatted(online, crowd.size())
        );
      }
      if (System.nanoTime() - nextWord > 0) {
        out.printf("  opening: %d of %d sockets%n", online, crowd.size());
        nextWord += PROGRESS_MS * 1_000_000;
      }
      Pause.millis(POLL_MS);
      online = crowd.online();
    }
  }
}
