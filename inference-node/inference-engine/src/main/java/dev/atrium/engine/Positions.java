package dev.atrium.engine;

import java.time.Duration;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Tells those who wait where they stand and how long it may take: at once when they come, then at most
 * twice a second, and only what they have not heard yet.
 */
final class Positions {

  private static final long PAUSE = Duration.ofMillis(500).toNanos();
  private static final long WAIT_PAUSE = Duration.ofSeconds(2).toNanos();

  private record Told(int position, long seconds, long at) {}

  private final Map<Sequence, Told> told = new HashMap<>();
  private final Pace pace = new Pace();
  private long lookedAt;
  private boolean newcomers;

  void came() {
    newcomers = true;
  }

  void left(Sequence sequence) {
    told.remove(sequence);
  }

  void admitted(Sequence sequence, long now) {
    left(sequence);
    pace.admitted(now);
  }

  /** Adds what is to be said now; {@code queue} are those who wait, in the order of their turns. */
  void tell(FairQueue queue, long now, Deque<EngineEvent> news) {
    pace.waiting(queue.size() > 0, now);
    if (queue.size() == 0 || (!newcomers && now - lookedAt < PAUSE)) {
      return;
    }
    lookedAt = now;
    newcomers = false;
    List<Sequence> order = queue.order();
    for (int i = 0; i < order.size(); i++) {
      Sequence sequence = order.get(i);
      Duration wait = pace.estimate(i + 1, now);
      Told before = told.get(sequence);
      if (!sequence.started() && isNews(before, i + 1, wait.toSeconds(), now)) {
        told.put(sequence, new Told(i + 1, wait.toSeconds(), now));
        news.add(new EngineEvent.Queued(sequence.id(), i + 1, wait));
      }
    }
  }

  private static boolean isNews(Told before, int position, long seconds, long now) {
    if (before == null) {
      return true;
    }
    long since = now - before.at;
    return (
      (before.position != position && since >= PAUSE) ||
      (before.seconds != seconds && since >= WAIT_PAUSE)
    );
  }
}
