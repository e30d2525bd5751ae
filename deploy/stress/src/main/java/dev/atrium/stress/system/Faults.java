package dev.atrium.stress.system;

import dev.atrium.stress.system.SystemFile.Member;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Faults at an even pace, drawn from the seed: which fault, and who is hit. One at a time: nobody is
 * hit while no other of its kind is ready, or before the last fault is overcome, so that a fault may
 * come later than its turn. Runs on a thread of its own.
 */
public final class Faults implements AutoCloseable {

  private static final long POLL_MILLIS = 100;

  private final Blows blows;
  private final List<Fault> faults;
  private final Duration every;
  private final Random random;
  private final Thread thread;
  private volatile boolean stopped;

  public Faults(Blows blows, List<Fault> faults, Duration every, long seed) {
    this.blows = blows;
    this.faults = List.copyOf(faults);
    this.every = every;
    this.random = new Random(seed);
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

  private void run() {
    long next = System.nanoTime() + every.toNanos();
    while (!stopped) {
      blows.welcomeBack();
      if (System.nanoTime() - next >= 0 && blows.overcome()) {
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
      blows.welcomeBack();
      List<Member> victims = victims(fault, choice);
      if (!victims.isEmpty()) {
        blows.deal(fault, victims);
        return true;
      }
      Pause.millis(POLL_MILLIS);
    }
    return false;
  }

  /** Nobody, as long as nobody could be spared. */
  private List<Member> victims(Fault fault, int choice) {
    return switch (fault) {
      case CUT_LINES -> List.of(new Member("readers", 0, ""));
      case DATABASE -> blows.database();
      case KILL_HUB, STOP_HUB, TERM_HUB -> oneOf(blows.hubs(), choice);
      case KILL_NODE, TERM_NODE -> oneOf(blows.nodes(), choice);
      case KILL_BOTH -> pair(oneOf(blows.hubs(), choice), oneOf(blows.nodes(), choice / 16));
      case LINK -> {
        List<Member> hub = oneOf(blows.hubs(), choice);
        yield hub.isEmpty() ? hub : pair(hub, List.of(partner(hub.getFirst())));
      }
    };
  }

  private static List<Member> oneOf(List<Member> ready, int choice) {
    return ready.size() > 1 ? List.of(ready.get(choice % ready.size())) : List.of();
  }

  private static List<Member> pair(List<Member> one, List<Member> other) {
    return one.isEmpty() || other.isEmpty() ? List.of() : List.of(one.getFirst(), other.getFirst());
  }

  /** The other end of a hub's link that is to break. */
  private Member partner(Member hub) {
    List<Member> others = new ArrayList<>(blows.hubs());
    others.addAll(blows.nodes());
    others.removeIf(member -> member.id().equals(hub.id()));
    return others.get(random.nextInt(others.size()));
  }
}
