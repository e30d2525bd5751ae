package dev.atrium.policy.sensitive;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/** All detectors with one company's words. Immutable, safe for many threads. */
public final class Detectors {

  private static final List<Detector> BUILT_IN = List.of(
    new Secrets(),
    new PersonIds(),
    new Ibans(),
    new BankCards(),
    new Emails(),
    new Phones()
  );

  private final List<Detector> all;

  public Detectors(WordList words) {
    List<Detector> detectors = new ArrayList<>(BUILT_IN);
    detectors.add(words);
    this.all = List.copyOf(detectors);
  }

  /**
   * Everything of the wanted kinds, by where it begins; findings of different kinds may overlap. A number
   * that is an identity number, by its date and its check digit, is not also taken for a card.
   */
  public List<Finding> find(String text, Set<Kind> wanted) {
    Reading reading = new Reading(text);
    List<Finding> found = new ArrayList<>();
    for (Detector detector : all) {
      if (wanted.contains(detector.kind())) {
        detector.find(reading, found::add);
      }
    }
    found.sort(
      Comparator.comparingInt(Finding::start)
        .thenComparing(Finding::end, Comparator.reverseOrder())
        .thenComparing(Finding::kind)
    );
    found.removeIf(f -> f.kind() == Kind.BANK_CARD && isPersonId(text, f));
    return List.copyOf(found);
  }

  private static boolean isPersonId(String text, Finding card) {
    StringBuilder digits = new StringBuilder();
    text
      .substring(card.start(), card.end())
      .chars()
      .map(c -> Reading.plain((char) c))
      .filter(c -> Reading.digit((char) c))
      .forEach(c -> digits.append((char) c));
    return PersonIds.valid(digits.toString());
  }
}
