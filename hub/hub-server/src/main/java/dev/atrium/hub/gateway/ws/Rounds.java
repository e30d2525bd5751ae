package dev.atrium.hub.gateway.ws;

import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Visits every open socket once in {@link #ROUND_MS}, a hundredth of them together: one timer for all
 * instead of one for each, and no moment at which ten thousand sockets want something at once. Safe for
 * many threads.
 */
final class Rounds {

  /** Time between two visits of a socket. */
  static final long ROUND_MS = 4_000;

  private static final int STEPS = 100;

  private final Vertx vertx;
  private final Consumer<List<ChatSocket>> visit;
  private final List<Set<ChatSocket>> steps = new ArrayList<>(STEPS);
  private final AtomicInteger added = new AtomicInteger();
  private final long timer;
  private int step;

  /**
   * Begins at once; goes on until {@link #end}.
   *
   * @param visit called on the thread of the rounds with those whose turn it is, at least one: brief,
   *     never failing
   */
  Rounds(Vertx vertx, Consumer<List<ChatSocket>> visit) {
    this.vertx = vertx;
    this.visit = visit;
    for (int i = 0; i < STEPS; i++) {
      steps.add(ConcurrentHashMap.newKeySet());
    }
    timer = vertx.setPeriodic(ROUND_MS / STEPS, _ -> next());
  }

  /**
   * Adds a socket.
   *
   * @return call it to have the socket left alone
   */
  Runnable add(ChatSocket socket) {
    Set<ChatSocket> mine = steps.get(Math.floorMod(added.getAndIncrement(), STEPS));
    mine.add(socket);
    return () -> mine.remove(socket);
  }

  /** Nobody is visited any more. */
  void end() {
    vertx.cancelTimer(timer);
  }

  private void next() {
    List<ChatSocket> now = List.copyOf(steps.get(step));
    step = (step + 1) % STEPS;
    if (!now.isEmpty()) {
      visit.accept(now);
    }
  }
}
