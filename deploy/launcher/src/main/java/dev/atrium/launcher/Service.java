package dev.atrium.launcher;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * One place in the system that a process fills: starts it, and after {@link #supervise} fills it again
 * when it dies, with growing pauses, until it has died too often in a row. Until then a death is a
 * failed start, told by {@link #awaitReady}.
 */
final class Service {

  enum State {
    STARTING,
    UP,
    RESTARTING,
    GIVEN_UP,
    STOPPED,
  }

  /** What all services of one launcher share. */
  record Surroundings(
    Tether tether,
    PidFiles pids,
    Console console,
    Path logs,
    RestartPolicy policy,
    Consumer<Service> changed
  ) {}

  private final String name;
  private final Surroundings around;
  private final Supplier<ProcessSpec> spec;
  private final LogFile log;
  private Child child;
  private State state = State.STOPPED;
  private boolean stopping;
  private boolean supervised;
  private long startedNanos;
  private int deaths;

  /** {@code spec} is asked before each start. */
  Service(String name, Surroundings around, Supplier<ProcessSpec> spec) {
    this.name = name;
    this.around = around;
    this.spec = spec;
    this.log = new LogFile(around.logs().resolve(name + ".log"), LogFile.MAX_BYTES);
  }

  String name() {
    return name;
  }

  synchronized State state() {
    return state;
  }

  /** The running process, if there is one. */
  synchronized Optional<ProcessHandle> process() {
    return child == null ? Optional.empty() : Optional.of(child.process().toHandle());
  }

  /** Starts the process; does nothing once a stop was asked for. */
  synchronized void start() {
    if (stopping) {
      return;
    }
    state = State.STARTING;
    startedNanos = System.nanoTime();
    Child started = Child.start(around.tether(), spec.get(), this::line);
    child = started;
    around.pids().write(name, started.process().toHandle());
    // Never on this thread: the callbacks take other locks, and this one is held.
    var _ = started.onExit().thenAcceptAsync(status -> ended(started, status), Service::aside);
    var _ = started.ready().thenAcceptAsync(_ -> becameReady(started), Service::aside);
  }

  /**
   * Waits for the ready line and returns it.
   *
   * @throws LauncherException if the process dies first (with its last lines and, where it has a meaning,
   *     its exit code) or takes too long
   */
  String awaitReady(Duration limit) {
    Child waited;
    synchronized (this) {
      waited = child;
    }
    if (waited == null) {
      throw new LauncherException(LauncherException.FAILED, name + " was stopped");
    }
    CompletableFuture<Integer> exit = waited.onExit();
    try {
      CompletableFuture.anyOf(waited.ready(), exit).get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw failure("is not ready after " + limit.toSeconds() + " s", waited, 1);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failure("was interrupted while starting", waited, 1);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
    if (waited.ready().isDone()) {
      return waited.ready().join();
    }
    throw failure("ended while starting (exit " + exit.join() + ")", waited, exit.join());
  }

  /** From now on a death is mended by a restart. */
  synchronized void supervise() {
    supervised = true;
    if (child != null && !child.alive() && !stopping) {
      scheduleRestart();
    }
  }

  /** Stops the process in order, or kills it when that takes too long. */
  void stop() {
    Child stopped;
    synchronized (this) {
      stopping = true;
      stopped = child;
      state = State.STOPPED;
    }
    if (stopped != null && stopped.alive() && !stopped.stop(stopped.spec().stopWithin())) {
      around.console().say(name + " did not stop in time and was killed");
    }
    around.pids().remove(name);
    log.close();
  }

  /** The last lines of its output. */
  synchronized List<String> lastLines() {
    return child == null ? List.of() : child.lastLines();
  }

  private void line(String line) {
    log.append(line);
    around.console().log(name, line);
  }

  private static void aside(Runnable work) {
    Thread.ofVirtual().start(work);
  }

  private void becameReady(Child started) {
    synchronized (this) {
      if (child == started && state == State.STARTING) {
        state = State.UP;
      }
    }
    around.changed().accept(this);
  }

  private void ended(Child dead, int status) {
    synchronized (this) {
      if (stopping || child != dead) {
        return;
      }
      around.pids().remove(name);
      if (!supervised) {
        return;
      }
      around.console().say("%s died (exit %d)".formatted(name, status));
      scheduleRestart();
    }
    around.changed().accept(this);
  }

  private synchronized void scheduleRestart() {
    RestartPolicy policy = around.policy();
    Duration lived = Duration.ofNanos(System.nanoTime() - startedNanos);
    deaths = lived.compareTo(policy.healthyAfter()) >= 0 ? 1 : deaths + 1;
    if (deaths >= policy.giveUpAfter()) {
      state = State.GIVEN_UP;
      around
        .console()
        .say(
          "%s died %d times in a row and stays down. Its last lines:%s".formatted(
            name,
            deaths,
            indented(lastLines())
          )
        );
      return;
    }
    state = State.RESTARTING;
    Duration pause = policy.pause(deaths);
    around.console().say("%s starts again in %.1f s".formatted(name, pause.toMillis() / 1000.0));
    CompletableFuture.delayedExecutor(pause.toMillis(), TimeUnit.MILLISECONDS).execute(() -> {
        try {
          start();
        } catch (LauncherException e) {
          around.console().say(e.getMessage());
          scheduleRestart();
        }
      });
  }

  private LauncherException failure(String what, Child waited, int status) {
    int code = switch (status) {
      case
        LauncherException.USAGE,
        LauncherException.UNAVAILABLE,
        LauncherException.CONFLICT -> status;
      default -> LauncherException.FAILED;
    };
    String lines = waited.lastLines().isEmpty()
      ? " It wrote nothing."
      : " Its last lines:" + indented(waited.lastLines());
    return new LauncherException(code, name + " " + what + "." + lines);
  }

  private static String indented(List<String> lines) {
    return lines
      .stream()
      .map(line -> "\n    " + line)
      .reduce("", String::concat);
  }
}
