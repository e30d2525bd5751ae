package dev.atrium.stress;

import dev.atrium.stress.client.Crowd;
import dev.atrium.stress.client.Point;
import dev.atrium.stress.figures.Violations;
import dev.atrium.stress.figures.Violations.Kind;
import dev.atrium.stress.system.Blows;
import dev.atrium.stress.system.Fault;
import dev.atrium.stress.system.Pause;
import dev.atrium.stress.system.SystemFile.Member;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;

/**
 * Kills at seeded points of answers, one after the other: when a reader has been shown so much, the
 * process that writes the answer or the hub that serves it is killed, or both. The next point waits
 * until everybody is back and every answer goes on.
 */
final class PointSeries {

  private static final Duration BACK_WITHIN = Duration.ofMinutes(2);
  private static final Duration OVERCOME_WITHIN = Duration.ofMinutes(1);
  private static final long POLL_MILLIS = 50;
  private static final int TRIES = 20;

  /** A point and what was done there. */
  record Struck(Point point, Blows.Dealt blow) {}

  private final Crowd crowd;
  private final Blows blows;
  private final List<Fault> faults;
  private final int points;
  private final Random random;
  private final Violations violations;
  private final List<Struck> struck = new ArrayList<>();
  private final Thread thread = Thread.ofPlatform().name("points").unstarted(this::run);

  PointSeries(
    Crowd crowd,
    Blows blows,
    List<Fault> faults,
    int points,
    long seed,
    Violations violations
  ) {
    this.crowd = crowd;
    this.blows = blows;
    this.faults = List.copyOf(faults);
    this.points = points;
    this.random = new Random(seed);
    this.violations = violations;
  }

  void start() {
    thread.start();
  }

  /** Whether all points are done, or can't be. */
  boolean over() {
    return !thread.isAlive();
  }

  /** All so far, in their order. */
  synchronized List<Struck> struck() {
    return List.copyOf(struck);
  }

  private void run() {
    for (int i = 0; i < points; i++) {
      double share = random.nextDouble();
      Fault fault = faults.get(i % faults.size());
      if (!strike(fault, share) || !awaitQuiet()) {
        violations.add(Kind.END, "only %d of %d points could be struck", i, points);
        return;
      }
    }
  }

  private boolean strike(Fault fault, double share) {
    for (int i = 0; i < TRIES; i++) {
      Optional<Point> point = crowd.aim(share);
      if (point.isEmpty()) {
        return false;
      }
      List<Member> victims = victims(fault, point.get());
      // Empty if no node had begun with it: that is no point in an answer yet.
      if (!victims.isEmpty()) {
        point.get().struck(System.nanoTime());
        Blows.Dealt blow = blows.deal(fault, victims);
        synchronized (this) {
          struck.add(new Struck(point.get(), blow));
        }
        return true;
      }
    }
    return false;
  }

  private List<Member> victims(Fault fault, Point point) {
    Optional<Member> hub = named(blows.hubs(), point.hub());
    Optional<Member> node = point.node().flatMap(name -> named(blows.nodes(), name));
    return switch (fault) {
      case KILL_HUB -> hub.stream().toList();
      case KILL_NODE -> node.stream().toList();
      default -> hub.isEmpty() || node.isEmpty()
        ? List.of()
        : Stream.concat(hub.stream(), node.stream()).toList();
    };
  }

  private static Optional<Member> named(List<Member> members, String id) {
    return members
      .stream()
      .filter(member -> member.id().equals(id))
      .findFirst();
  }

  private boolean awaitQuiet() {
    if (!blows.awaitAllBack(BACK_WITHIN)) {
      return false;
    }
    long end = System.nanoTime() + OVERCOME_WITHIN.toNanos();
    while (!blows.overcome()) {
      if (System.nanoTime() - end > 0) {
        return false;
      }
      Pause.millis(POLL_MILLIS);
    }
    return true;
  }
}
