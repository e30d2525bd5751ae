package dev.atrium.stress.system;

import dev.atrium.stress.system.SystemFile.Member;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/**
 * Deals faults to real processes at an even pace, drawn from the seed: which fault, and who is hit.
 * One at a time: nobody is hit while no other of its kind is ready, or before the last fault is
 * overcome, so that a fault may come later than its turn. Runs on a thread of its own.
 */
public final class Faults implements AutoCloseable {

  /** A lease is 4 s. */
  private static final long STOPPED_MILLIS = 6_000;
  /** From a process's word that it is ready until the others have heard of it. */
  private static final long HEARD_MILLIS = 1_500;
  private static final long POLL_MILLIS = 100;
  private static final long LINK_BROKEN_MILLIS = 6_000;
  /** The members find each other again, and merge what they know. */
  private static final long LINK_HEALED_MILLIS = 12_000;

  /** What was done. */
  public record Dealt(Fault fault, String victim, long pid, long atNanos) {
    @Override
    public String toString() {
      return fault.wire() + " " + victim + " (" + pid + ")";
    }
  }

  /** Who watches what the faults do. */
  public interface Effects {
    /** Called just before a fault happens. */
    void dealt(Dealt blow);

    /** Whether everything goes on again after the faults so far. */
    boolean overcome();
  }

  /** A process that was hit: it is back when its log says ready after this place. */
  private record Hit(long pid, long logBytes) {}

  private final RunningSystem system;
  private final Optional<Links> links;
  private final List<Fault> faults;
  private final Duration every;
  private final Random random;
  private final Effects effects;
  private final Map<String, Hit> away = new HashMap<>();
  private final List<Dealt> dealt = new ArrayList<>();
  private final Thread thread;
  private volatile boolean stopped;

  /**
   * @param links between the members, if they can be broken
   */
  public Faults(
    RunningSystem system,
    Optional<Links> links,
    List<Fault> faults,
    Duration every,
    long seed,
    Effects effects
  ) {
    this.system = system;
    this.links = links;
    this.faults = List.copyOf(faults);
    this.every = every;
    this.random = new Random(seed);
    this.effects = effects;
    this.thread = Thread.ofPlatform().name("faults").unstarted(this::run);
  }

  /** Begins; the first fault comes after one interval. */
  public void start() {
    if (!faults.isEmpty()) {
      thread.start();
    }
  }

  @Override
  public void close() {
    stop();
  }

  /** Ends the faults, and waits for one that is under way. */
  public void stop() {
    stopped = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** All faults so far. */
  public synchronized List<Dealt> dealt() {
    return List.copyOf(dealt);
  }

  /** Waits until everybody who was hit is back; false if that takes too long. */
  public boolean awaitAllBack(Duration limit) {
    long end = System.nanoTime() + limit.toNanos();
    while (!away.isEmpty()) {
      if (System.nanoTime() > end) {
        return false;
      }
      welcomeBack();
      Pause.millis(POLL_MILLIS);
    }
    return true;
  }

  private void run() {
    long next = System.nanoTime() + every.toNanos();
    while (!stopped) {
      welcomeBack();
      if (System.nanoTime() - next >= 0 && effects.overcome()) {
        Fault fault = faults.get(random.nextInt(faults.size()));
        int choice = random.nextInt(1 << 16);
        if (!deal(fault, choice)) {
          return;
        }
        // Not caught up with: two faults in a row would be one lost with another.
        next = System.nanoTime() + every.toNanos();
      }
      Pause.millis(POLL_MILLIS);
    }
  }

  /** Waits until the fault may happen; false if the faults end before. */
  private boolean deal(Fault fault, int choice) {
    while (!stopped) {
      welcomeBack();
      Optional<Member> victim = victim(fault, choice);
      if (victim.isPresent()) {
        hit(fault, victim.get());
        return true;
      }
      Pause.millis(POLL_MILLIS);
    }
    return false;
  }

  private Optional<Member> victim(Fault fault, int choice) {
    SystemFile now = system.now();
    if (fault == Fault.CUT_LINES) {
      return Optional.of(new Member("readers", 0, ""));
    }
    if (fault == Fault.DATABASE) {
      return ready(List.of(new Member("postgres", now.database().pid(), ""))).stream().findFirst();
    }
    List<Member> ready = ready(fault.hitsHub() ? now.hubs() : now.nodes());
    return ready.size() > 1 ? Optional.of(ready.get(choice % ready.size())) : Optional.empty();
  }

  private List<Member> ready(List<Member> members) {
    return members
      .stream()
      .filter(m -> m.pid() > 0 && !away.containsKey(m.id()))
      .toList();
  }

  private void hit(Fault fault, Member victim) {
    long pid = victim.pid();
    String other = fault == Fault.LINK ? partner(victim) : "";
    Dealt blow = new Dealt(fault, victim.id() + other, pid, System.nanoTime());
    synchronized (this) {
      dealt.add(blow);
    }
    effects.dealt(blow);
    if (fault.endsProcess()) {
      away.put(victim.id(), new Hit(pid, size(system.log(victim.id()))));
    }
    switch (fault) {
      case KILL_NODE, KILL_HUB -> signal("KILL", pid);
      case TERM_NODE, TERM_HUB -> signal("TERM", pid);
      case DATABASE -> signal("QUIT", pid);
      case STOP_HUB -> {
        signal("STOP", pid);
        Pause.millis(STOPPED_MILLIS);
        signal("CONT", pid);
        Pause.millis(HEARD_MILLIS);
      }
      case LINK -> {
        links.orElseThrow().cut(victim.id(), other.substring(1));
        Pause.millis(LINK_BROKEN_MILLIS);
        links.orElseThrow().heal(victim.id(), other.substring(1));
        Pause.millis(LINK_HEALED_MILLIS);
      }
      case CUT_LINES -> {
        // The listener has done it.
      }
    }
  }

  /** The other end of a hub's link that is to break. */
  private String partner(Member hub) {
    List<Member> others = new ArrayList<>(system.now().hubs());
    others.addAll(system.now().nodes());
    others.removeIf(member -> member.id().equals(hub.id()));
    return "-" + others.get(random.nextInt(others.size())).id();
  }

  private void welcomeBack() {
    boolean anyBack = away
      .entrySet()
      .removeIf(entry -> isBack(system.log(entry.getKey()), entry.getValue()));
    if (anyBack) {
      Pause.millis(HEARD_MILLIS);
    }
  }

  private static boolean isBack(Path log, Hit hit) {
    long from = size(log) < hit.logBytes() ? 0 : hit.logBytes();
    try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
      file.seek(from);
      byte[] rest = new byte[(int) Math.min(1 << 20, file.length() - from)];
      file.readFully(rest);
      String text = new String(rest, StandardCharsets.UTF_8);
      return (
        text.startsWith("ready ") || text.contains("\nready ") || text.contains("ready to accept")
      );
    } catch (IOException _) {
      return false;
    }
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException _) {
      return 0;
    }
  }

  /** Java itself knows only two signals. */
  static void signal(String name, long pid) {
    try {
      new ProcessBuilder("sh", "-c", "kill -" + name + " " + pid).inheritIO().start().waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
