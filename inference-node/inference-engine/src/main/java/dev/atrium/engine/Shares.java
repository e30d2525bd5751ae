package dev.atrium.engine;

import java.util.HashMap;
import java.util.Map;

/**
 * How much work each of several parties got, as start-time fair queuing counts it (Goyal, Vin and
 * Cheng, 1996; with tokens as the work: Sheng et al., Fairness in Serving Large Language Models, OSDI
 * 2024). Whoever has the least is next. Who comes back after a rest begins where those are who stayed:
 * rest is not saved up. Who leaves with more than they have keeps that against them until they have as
 * much.
 *
 * <p>Holds those who are present, and those whose account is not level yet.
 */
final class Shares {

  private static final class Share {

    private long work;
    private int present;
  }

  private final Map<String, Share> all = new HashMap<>();
  private long clock;

  /** One more of this party's sequences is there. */
  void join(String name) {
    Share share = all.computeIfAbsent(name, _ -> new Share());
    if (share.present++ == 0) {
      share.work = Math.max(share.work, clock);
    }
    tick();
  }

  /** One of them is gone. */
  void leave(String name) {
    all.get(name).present--;
    tick();
    all.values().removeIf(share -> share.present == 0 && share.work <= clock);
  }

  /** Books tokens of work that the party got; negative, if they were booked before and not done. */
  void charge(String name, int tokens) {
    Share share = all.get(name);
    if (share != null) {
      share.work += tokens;
      tick();
    }
  }

  /** What the party got so far, in tokens; comparable with the others' of now. */
  long work(String name) {
    Share share = all.get(name);
    return share == null ? clock : share.work;
  }

  int size() {
    return all.size();
  }

  private void tick() {
    long least = Long.MAX_VALUE;
    long most = clock;
    for (Share share : all.values()) {
      most = Math.max(most, share.work);
      if (share.present > 0) {
        least = Math.min(least, share.work);
      }
    }
    clock = Math.max(clock, least == Long.MAX_VALUE ? most : least);
  }
}
