package dev.atrium.hub.admission;

import dev.atrium.policy.sensitive.Detectors;
import dev.atrium.policy.sensitive.TreatmentRules;
import dev.atrium.policy.sensitive.WordList;
import java.util.List;

/**
 * What is sensitive, and what becomes of it.
 *
 * @param wordRevision of the list of words that the detectors know
 */
record Sensitivity(TreatmentRules rules, Detectors detectors, long wordRevision) {
  /** Nothing is known yet. */
  static final Sensitivity NONE = new Sensitivity(
    new TreatmentRules(List.of()),
    new Detectors(new WordList(List.of())),
    -1
  );
}
