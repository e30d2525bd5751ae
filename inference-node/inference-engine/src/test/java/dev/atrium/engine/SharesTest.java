package dev.atrium.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SharesTest {

  /** The same by the letter: after whatever happens a look at everybody. */
  private static final class AlwaysOnTime {

    private static final class Share {

      private long work;
      private int present;
    }

    private final Map<String, Share> all = new HashMap<>();
    private long clock;

    void join(String name) {
      Share share = all.computeIfAbsent(name, _ -> new Share());
      if (share.present++ == 0) {
        share.work = Math.max(share.work, clock);
      }
      tick();
    }

    void leave(String name) {
      all.get(name).present--;
      tick();
      all.values().removeIf(share -> share.present == 0 && share.work <= clock);
    }

    void charge(String name, int tokens) {
      Share share = all.get(name);
      if (share != null) {
        share.work += tokens;
        tick();
      }
    }

    long work(String name) {
      Share share = all.get(name);
      return share == null ? clock : share.work;
    }

    private void tick() {
      long most = all
        .values()
        .stream()
        .mapToLong(share -> share.work)
        .max()
        .orElse(clock);
      long least = all
        .values()
        .stream()
        .filter(share -> share.present > 0)
        .mapToLong(share -> share.work)
        .min()
        .orElse(most);
      clock = Math.max(clock, least);
    }
  }

  @Test
  void aLookAtEverybodyNowAndThenGivesTheSharesThatOneAfterEachTokenDoes() {
    Random random = new Random(7);
    for (int run = 0; run < 200; run++) {
      Shares shares = new Shares();
      AlwaysOnTime expected = new AlwaysOnTime();
      List<String> present = new ArrayList<>();
      Map<String, Shares.Share> accounts = new HashMap<>();
      int parties = 1 + random.nextInt(8);
      for (int i = 0; i < 400; i++) {
        String name = "u" + random.nextInt(parties);
        switch (random.nextInt(8)) {
          case 0 -> {
            present.add(name);
            accounts.put(name, shares.join(name));
            expected.join(name);
          }
          case 1 -> {
            if (!present.isEmpty()) {
              String gone = present.remove(random.nextInt(present.size()));
              shares.leave(gone);
              expected.leave(gone);
            }
          }
          case 2 -> {
            int back = random.nextInt(60);
            shares.charge(name, -back);
            expected.charge(name, -back);
          }
          case 3 -> assertThat(shares.work(name))
            .as("%d of run %d", i, run)
            .isEqualTo(expected.work(name));
          default -> {
            int tokens = random.nextInt(40);
            if (present.contains(name) && random.nextBoolean()) {
              accounts.get(name).charge(tokens);
            } else {
              shares.charge(name, tokens);
            }
            expected.charge(name, tokens);
          }
        }
        assertThat(shares.size()).isEqualTo(expected.all.size());
      }
      for (int i = 0; i < parties; i++) {
        assertThat(shares.work("u" + i)).isEqualTo(expected.work("u" + i));
      }
    }
  }
}
