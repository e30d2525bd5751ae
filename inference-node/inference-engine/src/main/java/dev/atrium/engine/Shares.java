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

  /** The account of a party, for as long as it is there. */
  final class Share {

    private long work;
    private int present;

    /** Books tokens of work that the party got; negative, if they were booked before and not done. */
    void charge(int tokens) {
      if (tokens < 0) {
        tick();
      }
      work += tokens;
      late = true;
    }
  }

  private final Map<String, Share> all = new HashMap<>();
  /** The most that the least of those present ever had; late while more was only charged. */
  private long clock;
  private boolean late;

  /** One more of this party's sequences is there. */
  Share join(String name) {
    tick();
    Share share = all.computeIfAbsent(name, _ -> new Share());
    if (share.present++ == 0) {
      share.work = Math.max(share.work, clock);
    }
    return share;
  }

  /** One of them is gone. */
  void leave(String name) {
    all.get(name).present--;
    late = true;
    tick();
    all.values().removeIf(share -> share.present == 0 && share.work <= clock);
  }

  /** Books work for a party that may have left; if it is forgotten, there is nothing to be booked. */
  void charge(String name, int tokens) {
    Share share = all.get(name);
    if (share != null) {
      share.charge(tokens);
    }
  }

  /** What the party got so far, in tokens; comparable with the others' of now. */
  long work(String name) {
    Share share = all.get(name);
    if (share == null) {
      tick();
      return clock;
    }
    return share.work;
  }

  int size() {
    return all.size();
  }

  /**
   * Brings the clock to now, which takes a look at everybody. The least only grows while work is added
   * and parties leave, so it is enough to look before it may fall, and when the time is asked for.
   */
  private void tick() {
    if (!late) {
      return;
    }
    late = false;
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
