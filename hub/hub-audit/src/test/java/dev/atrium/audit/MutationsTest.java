package dev.atrium.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.audit.Finding.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Exports that somebody changed: each change is found and the record named. Under {@code -Plong} 10,000
 * changes in exports of 100,000 records, fifty to an export; otherwise 1,000 in smaller ones.
 */
class MutationsTest {

  private static final boolean LONG = Boolean.getBoolean("atrium.long");
  private static final int RECORDS = LONG ? 100_000 : 3_000;
  private static final int MUTATIONS = LONG ? 10_000 : 1_000;
  private static final int A_ROUND = 50;
  private static final long SEED = Long.getLong("atrium.seed", 20_261_126);

  private static SealedLog log;

  private record Done(Mutation mutation, int a, int b) {}

  @BeforeAll
  static void seal() {
    log = new SealedLog(RECORDS, 200, SEED);
  }

  @Test
  void findsNothingInAnExportThatNobodyChanged() {
    assertThat(log.verdict(log.lines).findings()).isEmpty();
    assertThat(log.verdict(log.lines).anchoredThrough()).isEqualTo(RECORDS);
  }

  @Test
  void findsAndNamesEveryChangeAlone() {
    for (int i = 0; i < 10 * Mutation.values().length; i++) {
      Random random = new Random(SEED + i);
      round(random, List.of(Mutation.values()[i % Mutation.values().length]));
    }
  }

  @Test
  void findsAndNamesEveryChangeAmongOthers() {
    for (int i = 0; i < MUTATIONS / A_ROUND; i++) {
      Random random = new Random(SEED - i);
      List<Mutation> mutations = new ArrayList<>();
      for (int m = 0; m < A_ROUND; m++) {
        mutations.add(Mutation.values()[random.nextInt(Mutation.values().length)]);
      }
      round(random, mutations);
    }
  }

  private static void round(Random random, List<Mutation> mutations) {
    List<Integer> places = places(random, 2 * mutations.size());
    var leaves = new Mutation.Leaves(log.lines, Set.copyOf(places));
    List<Done> done = new ArrayList<>();
    for (int m = 0; m < mutations.size(); m++) {
      Done next = new Done(mutations.get(m), places.get(2 * m), places.get(2 * m + 1));
      next.mutation().apply(leaves.log, next.a(), next.b());
      done.add(next);
    }
    Verdict verdict = log.verdict(leaves.export());
    for (Done d : done) {
      assertThat(d.mutation().isNamed(verdict, d.a(), d.b()))
        .as("seed %d: %s in %s", SEED, d, verdict.findings())
        .isTrue();
    }
    assertThat(verdict.findings().size())
      .as("no more than was done: %s, %s", done, verdict.findings())
      .isLessThanOrEqualTo(2 * done.size());
  }

  private static List<Integer> places(Random random, int n) {
    Set<Integer> places = new HashSet<>();
    List<Integer> order = new ArrayList<>();
    while (order.size() < n) {
      int place = 2 * random.nextInt(RECORDS / 2); // two side by side would be named as one range
      if (places.add(place)) {
        order.add(place);
      }
    }
    return order;
  }

  @Test
  void saysFromWhichRecordOnTheLogIsCutOff() {
    Random random = new Random(SEED);
    for (int i = 0; i < (LONG ? 200 : 40); i++) {
      int left = 1 + random.nextInt(RECORDS - 1);
      List<String> export = new SealedLog.Cut(log, left, i % 2 == 0).lines();
      assertThat(log.verdict(export).findings())
        .as("left %d of %d", left, RECORDS)
        .anyMatch(f -> f.kind() == Kind.CUT_OFF && f.from() == left && f.through() == RECORDS - 1);
    }
  }

  @Test
  void namesARecordThatWasTakenOutAndAllOthersNumberedAgain() {
    Random random = new Random(SEED);
    for (int i = 0; i < (LONG ? 100 : 20); i++) {
      int gone = random.nextInt(RECORDS - 1);
      var leaves = new Mutation.Leaves(log.lines, range(gone, RECORDS));
      leaves.log.set(gone, null);
      for (int leaf = gone + 1; leaf < RECORDS; leaf++) {
        leaves.log.get(leaf).put("leaf", leaf - 1L);
      }
      assertThat(log.verdict(leaves.export()).findings())
        .as("without leaf %d", gone)
        .anyMatch(
          f ->
            f.kind() == Kind.MISSING &&
            f.from() == gone &&
            f.through() == gone &&
            f.record().orElse(0) == SealedLog.idOf(gone)
        )
        .anyMatch(f -> f.kind() == Kind.RENUMBERED && f.from() == gone + 1)
        .hasSize(2);
    }
  }

  private static Set<Integer> range(int from, int to) {
    Set<Integer> range = new HashSet<>();
    for (int i = from; i < to; i++) {
      range.add(i);
    }
    return range;
  }
}
