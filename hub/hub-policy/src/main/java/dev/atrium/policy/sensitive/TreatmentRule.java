package dev.atrium.policy.sensitive;

import java.util.Optional;
import java.util.UUID;

/**
 * What becomes of data of a kind, for a department with all below it, on its way to a model.
 *
 * @param id never used again for another rule
 * @param department empty for everybody
 * @param model empty for every model, also those that come later
 * @param kind empty for every kind, also those that come later
 */
public record TreatmentRule(
  long id,
  Optional<UUID> department,
  Optional<String> model,
  Optional<Kind> kind,
  Treatment treatment
) {
  boolean isAbout(String wantedModel, Kind wantedKind) {
    return (
      model.map(wantedModel::equals).orElse(true) && kind.map(k -> k == wantedKind).orElse(true)
    );
  }
}
