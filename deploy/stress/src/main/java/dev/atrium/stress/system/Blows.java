package dev.atrium.stress.system;

import dev.atrium.stress.system.SystemFile.Member;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Deals faults to real processes, and knows who is not back. Used by one thread at a time. */
public final class Blows {

  /** A lease is 4 s. */
  private static final long STOPPED_MILLIS = 6_000;
  /** Whoever goes on finds out what it has missed. */
  private static final long RESUMED_MILLIS = 1_500;
  private static final long SIGNALLED_SECONDS = 20;
  private static final long LINK_BROKEN_MILLIS = 6_000;
  /** The members find each other again, and merge what they know. */
  private static final long LINK_HEALED_MILLIS = 12_000;

  /**
   * What was done.
   *
   * @param at by the system's clock, {@code atNanos} by the JVM's
   */
  public record Dealt(Fault fault, List<Member> victims, long atNanos, Instant at) {
    /** Whether that process was hit. */
    public boolean hit(String member) {
      return victims.stream().anyMatch(victim -> victim.id().equals(member));
    }

    @Override
    public String toString() {
      return victims
        .stream()
        .map(victim -> " " + victim.id() + " (" + victim.pid() + ")")
        .collect(Collectors.joining("", fault.wire(), ""));
    }
  }

  /** Who watches what the faults do. */
  public interface Effects {
    /** Called just before a fault happens. */
    void dealt(Dealt blow);

    /** Called right after it, before anybody has noticed. */
    void happened(Dealt blow);

    /** Whether everything goes on again after the faults so far. */
    boolean overcome();
  }

  private final RunningSystem system;
  private final Optional<Links> links;
  private final Effects effects;
  private final Fallen fallen;
  private final List<Dealt> dealt = new ArrayList<>();

  /**
   * @param links between the members, if they can be broken
   */
  public Blows(RunningSystem system, Optional<Links> links, Effects effects) {
    this.system = system;
    this.links = links;
    this.effects = effects;
    this.fallen = new Fallen(system);
  }

  /** All so far. */
  public synchronized List<Dealt> dealt() {
    return List.copyOf(dealt);
  }

  /** The hubs that are there. */
  public List<Member> hubs() {
    return fallen.standing(system.now().hubs());
  }

  /** The nodes that are there. */
  public List<Member> nodes() {
    return fallen.standing(system.now().nodes());
  }

  /** The database, if it is there and the launcher's. */
  List<Member> database() {
    return fallen.standing(List.of(new Member("postgres", system.now().database().pid(), "")));
  }

  /** Whether everything goes on after what was dealt so far. */
  public boolean overcome() {
    return effects.overcome();
  }

  /** Does it: with {@code LINK}, to what is between the two victims. */
  public Dealt deal(Fault fault, List<Member> victims) {
    Dealt blow = new Dealt(fault, List.copyOf(victims), System.nanoTime(), Instant.now());
    synchronized (this) {
      dealt.add(blow);
    }
    effects.dealt(blow);
    if (fault.endsProcess()) {
      victims.forEach(fallen::add);
    }
    switch (fault) {
      case KILL_NODE, KILL_HUB, KILL_BOTH -> signal("KILL", victims);
      case TERM_NODE, TERM_HUB -> signal("TERM", victims);
      case DATABASE -> signal("QUIT", victims);
      case STOP_HUB -> {
        signal("STOP", victims);
        Pause.millis(STOPPED_MILLIS);
        signal("CONT", victims);
        Pause.millis(RESUMED_MILLIS);
      }
      case LINK -> {
        links.orElseThrow().cut(victims.getFirst().id(), victims.getLast().id());
        Pause.millis(LINK_BROKEN_MILLIS);
        links.orElseThrow().heal(victims.getFirst().id(), victims.getLast().id());
        Pause.millis(LINK_HEALED_MILLIS);
      }
      case CUT_LINES -> {
        // The watcher has done it.
      }
    }
    effects.happened(blow);
    return blow;
  }

  /** Looks who is back. */
  void welcomeBack() {
    fallen.welcomeBack();
  }

  /** Waits until everybody who was hit is back; false if that takes too long. */
  public boolean awaitAllBack(Duration limit) {
    return fallen.awaitAllBack(limit);
  }

  /** To all of them at once. Java itself knows only two signals. */
  private static void signal(String name, List<Member> victims) {
    String pids = victims
      .stream()
      .map(victim -> Long.toString(victim.pid()))
      .collect(Collectors.joining(" "));
    try {
      Process kill = new ProcessBuilder("sh", "-c", "kill -" + name + " " + pids)
        .inheritIO()
        .start();
      if (!kill.waitFor(SIGNALLED_SECONDS, TimeUnit.SECONDS)) {
        throw new StressException(StressException.UNAVAILABLE, "No signal could be sent");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
