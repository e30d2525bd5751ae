package dev.atrium.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.atrium.audit.Finding.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class VerifierTest {

  private final SealedLog log = new SealedLog(100, 10, 5);

  private static List<Kind> kinds(Verdict verdict) {
    return verdict.findings().stream().map(Finding::kind).toList();
  }

  private List<String> changed(Mutation mutation, int a, int b) {
    var leaves = new Mutation.Leaves(log.lines, Set.of(a, b));
    mutation.apply(leaves.log, a, b);
    return leaves.export();
  }

  @Test
  void provesALogThatNobodyChanged() {
    Verdict verdict = log.verdict(log.lines);
    assertThat(verdict.intact()).isTrue();
    assertThat(verdict.records()).isEqualTo(100);
    assertThat(verdict.anchoredThrough()).isEqualTo(100);
    assertThat(verdict.signedThrough()).isEqualTo(100);
    assertThat(verdict.erased()).isZero();
  }

  /** The roots still fit: erasing takes salts and values, never a commitment. */
  @Test
  void provesALogOfWhichPersonalDataWasErased() {
    var leaves = new Mutation.Leaves(log.lines, Set.of(3, 70));
    leaves.log.get(3).put("personal", List.of());
    leaves.log.get(70).put("personal", List.of());
    Verdict verdict = log.verdict(leaves.export());
    assertThat(verdict.findings()).isEmpty();
    assertThat(verdict.erased()).isEqualTo(2);
  }

  @Test
  void canNotTellWithoutACheckpointThatTheEndIsCutOff() {
    List<String> cut = new SealedLog.Cut(log, 40, true).lines();
    Verdict alone = SealedLog.verdict(cut, List.of());
    assertThat(alone.findings()).isEmpty();
    assertThat(alone.anchoredThrough()).isZero();
    assertThat(kinds(log.verdict(cut))).containsExactly(Kind.CUT_OFF);
  }

  @Test
  void findsByOneBareCheckpointThatTheEndIsCutOff() {
    List<String> cut = new SealedLog.Cut(log, 40, true).lines();
    Verdict verdict = SealedLog.verdict(
      cut,
      List.of(),
      List.of(log.anchors.getLast().checkpoint())
    );
    assertThat(verdict.findings())
      .singleElement()
      .satisfies(f -> {
        assertThat(f.kind()).isEqualTo(Kind.CUT_OFF);
        assertThat(f.from()).isEqualTo(40);
        assertThat(f.through()).isEqualTo(99);
      });
  }

  @Test
  void seesEvenWithoutACheckpointWhatDoesNotFitTheExportItself() {
    for (Mutation m : Set.of(
      Mutation.ALTER_DETAIL,
      Mutation.ALTER_STORED_HASH,
      Mutation.ALTER_PERSONAL,
      Mutation.DELETE,
      Mutation.DELETE_RECORD_ONLY,
      Mutation.SWAP_LINES,
      Mutation.SWAP_RECORDS_UNDER_THEIR_HASHES
    )) {
      Verdict verdict = SealedLog.verdict(changed(m, 30, 60), List.of());
      assertThat(m.isNamed(verdict, 30, 60)).as("%s: %s", m, verdict.findings()).isTrue();
    }
  }

  @Test
  void namesTheRangeBetweenTwoCheckpointsWhereNoAnchorTellsTheLeaves() {
    var export = changed(Mutation.ALTER_AND_HASH_AGAIN, 55, 0);
    assertThat(SealedLog.verdict(export, List.of()).findings())
      .singleElement()
      .satisfies(f -> {
        assertThat(f.kind()).isEqualTo(Kind.ALTERED);
        assertThat(f.names(55)).isTrue();
        assertThat(f.through() - f.from()).isLessThan(10);
      });
  }

  @Test
  void isNotFooledByAKeyThatWasPutInThePlaceOfTheLogs() {
    // Made anew from the start by somebody who may do everything, but does not have the key.
    SealedLog forged = new SealedLog(100, 10, 6);
    assertThat(SealedLog.verdict(forged.lines, List.of()).findings()).isEmpty();
    assertThat(log.verdict(forged.lines).findings())
      .filteredOn(f -> f.kind() == Kind.ALTERED)
      .hasSize(100);
  }

  @Test
  void findsACheckpointThatWasAlteredOrIsMissing() {
    long size = log.anchors.get(4).checkpoint().checkpoint().treeSize();
    List<String> without = new ArrayList<>(log.lines);
    without.removeIf(line -> line.contains("\\n" + size + "\\n"));
    assertThat(without).hasSize(log.lines.size() - 1);
    assertThat(log.verdict(without).findings())
      .singleElement()
      .satisfies(f -> {
        assertThat(f.kind()).isEqualTo(Kind.CHECKPOINT);
        assertThat(f.from()).isEqualTo(size);
      });

    List<String> later = new ArrayList<>(log.lines);
    later.replaceAll(line ->
      line.contains("\\n" + size + "\\n") ? line.replace("time 2026", "time 2027") : line
    );
    assertThat(kinds(log.verdict(later))).containsExactly(Kind.CHECKPOINT);
  }

  @Test
  void goesOnBehindALineThatIsDamaged() {
    List<String> damaged = new ArrayList<>(log.lines);
    int line = damaged.indexOf(
      damaged
        .stream()
        .filter(l -> l.contains("\"leaf\":20,"))
        .findFirst()
        .orElseThrow()
    );
    damaged.set(line, damaged.get(line).substring(0, 100));
    assertThat(kinds(log.verdict(damaged))).containsExactly(Kind.MISSING, Kind.DAMAGED_LINE);
  }

  @Test
  void takesNumbersBeyondAllBoundsForWhatTheyAre() {
    var leaves = new Mutation.Leaves(log.lines, Set.of(20, 21));
    leaves.log.get(20).put("leaf", (1L << 53) - 1);
    leaves.log.get(21).put("leaf", 1_000_000L);
    List<String> export = leaves.export();
    export.set(0, export.getFirst().replace("\"size\":100", "\"size\":9007199254740991"));
    assertThat(log.verdict(export).findings())
      .anyMatch(f -> f.names(20) && f.record().orElse(0) == SealedLog.idOf(20))
      .anyMatch(f -> f.names(21));
  }

  @Test
  void refusesWhatIsNoExportAndWhatIsOfAnotherLog() {
    assertThatThrownBy(() -> SealedLog.verdict(List.of("{}", "hello"), List.of()))
      .isInstanceOf(IllegalArgumentException.class)
      .hasMessageContaining("not an export");
    List<String> other = new ArrayList<>(log.lines);
    other.set(0, other.getFirst().replace("atrium/0198", "atrium/0199"));
    assertThatThrownBy(() -> log.verdict(other)).hasMessageContaining("of the log");
  }

  @Test
  void readsBackWhatAnAnchorSays() {
    Anchor anchor = log.anchors.get(3);
    assertThat(Anchor.parse(anchor.line())).isEqualTo(anchor);
    String forged = anchor.line().replace("\"frontier\":\"", "\"frontier\":\"00");
    assertThatThrownBy(() -> Anchor.parse(forged)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Anchor.parse("{\"leaves\":[]}")).isInstanceOf(
      IllegalArgumentException.class
    );
  }

  @Test
  void findsPersonalDataThatWasPutWhereNoneWas() {
    var leaves = new Mutation.Leaves(log.lines, Set.of(5));
    leaves.log
      .get(5)
      .put(
        "personal",
        List.of(Map.of("salt", "00".repeat(32), "fields", Map.of("address", "10.0.0.2")))
      );
    assertThat(log.verdict(leaves.export()).findings())
      .singleElement()
      .satisfies(f ->
        assertThat(f.sentence()).isEqualTo(
          "altered: leaf 5 (record 1010), its personal field address"
        )
      );
  }
}
