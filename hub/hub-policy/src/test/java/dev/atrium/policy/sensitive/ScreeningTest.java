package dev.atrium.policy.sensitive;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Rules, and what they make of a conversation. */
class ScreeningTest {

  private static final UUID ROOT = new UUID(0, 1);
  private static final UUID SALES = new UUID(0, 2);
  private static final UUID LEGAL = new UUID(0, 3);
  private static final Detectors DETECTORS = new Detectors(new WordList(List.of("1380")));

  private static TreatmentRule rule(
    long id,
    UUID department,
    String model,
    Kind kind,
    Treatment t
  ) {
    return new TreatmentRule(
      id,
      Optional.ofNullable(department),
      Optional.ofNullable(model),
      Optional.ofNullable(kind),
      t
    );
  }

  private static Passage user(String text) {
    return new Passage(text, true, Set.of());
  }

  @Test
  void theStrictestRuleHoldsAndTheNearestOfThemExplains() {
    TreatmentRules rules = new TreatmentRules(
      List.of(
        rule(1, null, null, null, Treatment.WARN),
        rule(2, ROOT, null, Kind.PHONE, Treatment.MASK),
        rule(3, SALES, "large", Kind.PHONE, Treatment.ALLOW),
        rule(4, SALES, null, Kind.PHONE, Treatment.MASK),
        rule(5, LEGAL, null, Kind.PHONE, Treatment.REFUSE)
      )
    );
    TreatmentRules.Reason why = rules.why(List.of(SALES, ROOT), "large", Kind.PHONE);
    assertThat(why.treatment()).isEqualTo(Treatment.MASK);
    assertThat(why.by()).map(TreatmentRule::id).contains(4L);
    assertThat(why.applying()).extracting(TreatmentRule::id).containsExactly(3L, 4L, 2L, 1L);
    assertThat(why.others()).extracting(TreatmentRule::id).containsExactly(5L);
    assertThat(rules.treatments(List.of(SALES, ROOT), "large"))
      .containsEntry(Kind.PHONE, Treatment.MASK)
      .containsEntry(Kind.IBAN, Treatment.WARN);
    assertThat(rules.treatments(List.of(LEGAL, ROOT), "small")).containsEntry(
      Kind.PHONE,
      Treatment.REFUSE
    );
    assertThat(new TreatmentRules(List.of()).treatments(List.of(ROOT), "m")).isEmpty();
    assertThat(new TreatmentRules(List.of()).why(List.of(ROOT), "m", Kind.IBAN).by()).isEmpty();
  }

  @Test
  void refusesAndWarnsOnlyForWhatUsersWroteAndMasksAnswersToo() {
    Screening s = Screening.of(
      DETECTORS,
      Map.of(Kind.PHONE, Treatment.MASK, Kind.EMAIL, Treatment.REFUSE, Kind.IBAN, Treatment.WARN),
      List.of(
        user("13800138000"),
        new Passage("a@b.cn 13900139000", false, Set.of()),
        user("a@b.cn, DE89370400440532013000")
      )
    );
    assertThat(s.refused()).containsExactly(new Screening.Spot(2, new Finding(Kind.EMAIL, 0, 6)));
    assertThat(s.unconfirmed()).containsExactly(
      new Screening.Spot(2, new Finding(Kind.IBAN, 8, 30))
    );
    assertThat(s.pseudonyms().mask("13800138000 13900139000 a@b.cn")).isEqualTo(
      "[PHONE_1] [PHONE_2] a@b.cn"
    );
  }

  @Test
  void whatWasConfirmedIsNotAskedAgain() {
    Map<Kind, Treatment> warn = Map.of(Kind.PHONE, Treatment.WARN, Kind.EMAIL, Treatment.WARN);
    Passage confirmed = new Passage("13800138000 a@b.cn", true, Set.of(Kind.PHONE));
    Screening s = Screening.of(DETECTORS, warn, List.of(confirmed));
    assertThat(Screening.kinds(s.unconfirmed())).containsExactly(Kind.EMAIL);
  }

  @Test
  void aStrictTreatmentIsNotLostToALongerFindingOfAnotherKind() {
    Screening s = Screening.of(
      DETECTORS,
      Map.of(Kind.PHONE, Treatment.MASK, Kind.WORD, Treatment.REFUSE),
      List.of(user("138 0013 8000 und 1380"))
    );
    assertThat(s.refused()).containsExactly(new Screening.Spot(0, new Finding(Kind.WORD, 18, 22)));
    assertThat(s.pseudonyms().size()).isEqualTo(1);
  }

  @Test
  void maskedFindingsThatOverlapBecomeOne() {
    Detectors words = new Detectors(new WordList(List.of("call 13800138000 now")));
    Screening s = Screening.of(
      words,
      Map.of(Kind.PHONE, Treatment.MASK, Kind.WORD, Treatment.MASK),
      List.of(user("Please call 13800138000 now."))
    );
    assertThat(s.pseudonyms().mask("Please call 13800138000 now.")).isEqualTo("Please [WORD_1].");
  }

  @Test
  void numbersStayWhenTheConversationGrows() {
    Map<Kind, Treatment> mask = Map.of(Kind.PHONE, Treatment.MASK);
    Pseudonyms before = Screening.of(DETECTORS, mask, List.of(user("13800138000"))).pseudonyms();
    Pseudonyms after = Screening.of(
      DETECTORS,
      mask,
      List.of(user("13800138000"), user("13900139000 13800138000"))
    ).pseudonyms();
    assertThat(before.mask("13800138000")).isEqualTo(after.mask("13800138000"));
  }
}
