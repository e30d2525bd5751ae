package dev.atrium.launcher;

import dev.atrium.policy.OneTimePassword;
import dev.atrium.schema.DatabaseUrl;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/**
 * One run of the whole system, from nothing to chat ready to nothing again. Either everything is up or,
 * when something fails before that, everything that had started is stopped again.
 */
final class Up {

  // Generous: a machine that is busy with a build is slow, not broken.
  private static final Duration READY_WITHIN = Duration.ofMinutes(3);

  private final Installation installation;
  private final Settings settings;
  private final UpOptions options;
  private final Console console;
  private final Fleet fleet = new Fleet();
  private final CountDownLatch hopeless = new CountDownLatch(1);
  private final Instant started = ProcessHandle.current()
    .info()
    .startInstant()
    .orElse(Instant.now());
  private DataFolder data;
  private Service.Surroundings around;
  private Plan plan;
  private Database database;
  private Database keys;
  private Optional<ArchiveMaker> archives = Optional.empty();
  private volatile boolean published;
  private long readyMillis;

  Up(Installation installation, Settings settings, UpOptions options, Console console) {
    this.installation = installation;
    this.settings = settings;
    this.options = options;
    this.console = console;
  }

  /**
   * Runs until a signal ends this process (the orderly stop happens in a shutdown hook) or nothing can
   * be kept running.
   *
   * @param detached let go of the terminal once ready
   * @return the exit code, if it ends by itself
   */
  int run(boolean detached) {
    installation.requireBuilt();
    Ports ports = new Ports(loopback());
    ports.requireFree(options.port());
    data = DataFolder.open(options.data());
    Thread hook = new Thread(this::stopOnSignal, "stop");
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      start(ports);
    } catch (RuntimeException | Error e) {
      awaitHook(hook);
      stopAll();
      throw e;
    }
    if (detached) {
      console.detach();
    } else {
      console.follow();
    }
    return untilHopeless(hook);
  }

  /**
   * Starts everything, waits until what makes later starts short is there, and stops everything again.
   *
   * @return after how many seconds chat was ready
   */
  double rehearse() {
    installation.requireBuilt();
    data = DataFolder.open(options.data());
    Thread hook = new Thread(this::stopAll, "stop");
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      start(new Ports(loopback()));
      archives.ifPresent(ArchiveMaker::awaitEnd);
      return readyMillis / 1000.0;
    } finally {
      awaitHook(hook);
      stopAll();
    }
  }

  private void start(Ports ports) {
    List<String> left = data.pids().stopLeftovers(Duration.ofSeconds(10));
    if (!left.isEmpty()) {
      console.say("Stopped what an earlier run left behind: " + String.join(", ", left));
    }
    removeRunFile();
    around = new Service.Surroundings(
      new Tether(),
      data.pids(),
      console,
      data.logs(),
      RestartPolicy.fromSystemProperty(),
      this::changed
    );
    plan = new Plan(installation, settings, options, data, ports);
    data.writeModels(options.models());
    // The nodes load their models while the database starts.
    for (Plan.Member node : plan.nodes()) {
      fleet.startNode(new Service(node.id(), around, () -> plan.node(node)));
    }
    if (settings.has(Settings.DATABASE_URL)) {
      database = external(Settings.DATABASE_URL);
      keys = external(Settings.KEYS_DATABASE_URL);
    } else {
      database = embedded(ports);
      keys = new Database(database.url().withName(PostgresServer.KEYS));
      keys.create();
    }
    String password = OneTimePassword.create();
    startHubs(password);
    if (!settings.has(Settings.DATABASE_URL)) {
      // Whoever tries a model on one machine need not set a price first.
      database.letModelsBeFree();
    }
    awaitReady(fleet.nodes());
    awaitChat();
    fleet.supervise();
    readyMillis = Duration.between(started, Instant.now()).toMillis();
    published = true;
    publish();
    welcome(password);
    prepareLaterStarts();
  }

  private synchronized void prepareLaterStarts() {
    if (published) {
      ArchiveMaker maker = new ArchiveMaker(around.tether(), plan.programs());
      maker.start();
      archives = Optional.of(maker);
    }
  }

  private Database embedded(Ports ports) {
    PostgresServer server = PostgresServer.prepare(installation.postgres(), data, ports);
    Service service = new Service(PostgresServer.NAME, around, server::spec);
    fleet.startPostgres(service);
    service.awaitReady(READY_WITHIN);
    Database here = new Database(
      new DatabaseUrl(
        "127.0.0.1",
        server.port(),
        PostgresServer.ATRIUM,
        PostgresServer.ATRIUM,
        data.databasePassword()
      )
    );
    here.create();
    if (server.isNew()) {
      Thread.ofPlatform().daemon().name("flush").start(server::flushFirstFiles);
    }
    phase(server.isNew() ? "PostgreSQL is set up and ready" : "PostgreSQL is ready");
    return here;
  }

  private Database external(String setting) {
    try {
      Database there = new Database(DatabaseUrl.parse(settings.get(setting, "")));
      there.requireReachable();
      phase("the database " + there.url() + " answers");
      return there;
    } catch (IllegalArgumentException e) {
      throw new LauncherException(LauncherException.USAGE, setting + ": " + e.getMessage(), e);
    }
  }

  private void startHubs(String password) {
    for (Plan.Member hub : plan.hubs()) {
      fleet.startHub(
        new Service(hub.id(), around, () -> plan.hub(hub, database.url(), keys.url(), password))
      );
    }
    awaitReady(fleet.hubs());
  }

  private void awaitReady(List<Service> services) {
    for (Service service : services) {
      service.awaitReady(READY_WITHIN);
      phase(service.name() + " is ready");
    }
  }

  /** Ready means: every hub says that a message would be answered. */
  private void awaitChat() {
    long end = System.nanoTime() + READY_WITHIN.toNanos();
    List<String> nodes = plan.nodes().stream().map(Plan.Member::id).toList();
    try (Health health = new Health(plan.certificate())) {
      for (Plan.Member hub : plan.hubs()) {
        Health.Answer answer = health.ask(plan.directAddress(hub));
        while (!answer.ready()) {
          if (answer.isHopeless(nodes)) {
            throw new LauncherException(
              LauncherException.UNAVAILABLE,
              "Nobody could chat: %s. Name a model that can with --model.".formatted(
                answer.detail()
              )
            );
          }
          if (System.nanoTime() > end) {
            throw new LauncherException(
              LauncherException.FAILED,
              "%s runs, but chat is not ready: %s".formatted(hub.id(), answer.detail())
            );
          }
          Pause.millis(50);
          answer = health.ask(plan.directAddress(hub));
        }
      }
    }
  }

  private void phase(String what) {
    double seconds = Duration.between(started, Instant.now()).toMillis() / 1000.0;
    console.say(String.format(Locale.ROOT, "  %5.1f s  %s", seconds, what));
  }

  private void welcome(String password) {
    Optional<String> administrator = database.administratorToWelcome();
    StringBuilder text = new StringBuilder();
    text.append(
      String.format(Locale.ROOT, "%n  Atrium: chat ready in %.1f s%n%n", readyMillis / 1000.0)
    );
    text.append("    Address            ").append(plan.address()).append('\n');
    administrator.ifPresent(name ->
      text
        .append("    Name               ")
        .append(name)
        .append('\n')
        .append("    One-time password  ")
        .append(password)
        .append('\n')
        .append("                       (you choose your own when you sign in)\n")
    );
    text.append("    Data               ").append(data.path()).append("\n");
    console.say(text.toString());
  }

  /** Called by any service that starts, dies or gives up. */
  private void changed(Service service) {
    if (fleet.isBeyondHope()) {
      hopeless.countDown();
    } else if (published) {
      publish();
    }
  }

  private synchronized void publish() {
    if (!published) {
      return;
    }
    new RunFile(
      installation.version(),
      plan.address(),
      plan.certificate(),
      started.toString(),
      readyMillis,
      running("launcher", Optional.of(ProcessHandle.current()), "", List.of()),
      new RunFile.Database(
        fleet.postgres().isPresent() ? "embedded" : "external",
        database.url().host(),
        database.url().port(),
        database.url().name(),
        fleet.postgres().map(s -> running(s.name(), s.process(), "", List.of()))
      ),
      fleet
        .hubs()
        .stream()
        .map(hub -> running(hub.name(), hub.process(), direct(hub), List.of()))
        .toList(),
      fleet
        .nodes()
        .stream()
        .map(node -> running(node.name(), node.process(), "", modelPaths()))
        .toList()
    )
      .write(data.runFile());
  }

  private static RunFile.Running running(
    String id,
    Optional<ProcessHandle> process,
    String address,
    List<String> models
  ) {
    Optional<PidFiles.Seen> seen = process
      .filter(ProcessHandle::isAlive)
      .map(handle -> PidFiles.Seen.of(id, handle));
    return new RunFile.Running(
      id,
      seen.map(PidFiles.Seen::pid).orElse(0L),
      seen.map(PidFiles.Seen::startedMillis).orElse(0L),
      address,
      models
    );
  }

  private String direct(Service hub) {
    return plan
      .hubs()
      .stream()
      .filter(member -> member.id().equals(hub.name()))
      .map(plan::directAddress)
      .findFirst()
      .orElse("");
  }

  private List<String> modelPaths() {
    return options.models().stream().map(Object::toString).toList();
  }

  private int untilHopeless(Thread hook) {
    try {
      hopeless.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    awaitHook(hook);
    console.say("Atrium can't go on and stops.");
    stopAll();
    return LauncherException.FAILED;
  }

  /** If a signal came first, the hook does the stopping and ends this process. */
  private static void awaitHook(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      while (true) {
        Pause.millis(1_000);
      }
    }
  }

  private void stopOnSignal() {
    console.say("\nStopping: hubs, then nodes, then PostgreSQL …");
    stopAll();
    console.say("Stopped.");
    // An orderly stop is a success, though the JVM would report the signal.
    Runtime.getRuntime().halt(0);
  }

  private void stopAll() {
    synchronized (this) {
      published = false;
    }
    archives.ifPresent(ArchiveMaker::close);
    fleet.stop();
    removeRunFile();
    data.close();
  }

  private void removeRunFile() {
    try {
      Files.deleteIfExists(data.runFile());
    } catch (IOException e) {
      console.say(data.runFile() + " can't be removed: " + e.getMessage());
    }
  }

  private static InetAddress loopback() {
    try {
      return InetAddress.getByAddress(new byte[] { 127, 0, 0, 1 });
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }
}
