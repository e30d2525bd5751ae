package dev.atrium.hub.gateway.ws;

import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Visits every open socket once in {@link #ROUND_MS}, a hundredth of them at a time: one timer for
 * all instead of one for each, and no moment at which ten thousand sockets want something at once.
 * Safe for many threads.
 */
final class Rounds {

  /** Time between two visits of a socket. */
  static final long ROUND_MS = 4_000;

  private static final int STEPS = 100;

  private final Vertx vertx;
  private final List<Set<Runnable>> steps = new ArrayList<>(STEPS);
  private final AtomicInteger added = new AtomicInteger();
  private final long timer;
  private int step;

  /** Begins at once; goes on until {@link #end}. */
  Rounds(Vertx vertx) {
    this.vertx = vertx;
    for (int i = 0; i < STEPS; i++) {
      steps.add(ConcurrentHashMap.newKeySet());
    }
    timer = vertx.setPeriodic(ROUND_MS / STEPS, _ -> next());
  }

  /**
   * Adds a visit.
   *
   * @param visit called on a thread of the rounds: brief, never failing
   * @return call it to be left alone
   */
  Runnable add(Runnable visit) {
    Set<Runnable> mine = steps.get(Math.floorMod(added.getAndIncrement(), STEPS));
    mine.add(visit);
    return () -> mine.remove(visit);
  }

  /** Nobody is visited any more. */
  void end() {
    vertx.cancelTimer(timer);
  }

  private void next() {
    steps.get(step).forEach(Runnable::run);
    step = (step + 1) % STEPS;
  }
}
