package dev.atrium.policy.sensitive;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the rules make of a conversation on its way to a model.
 *
 * @param refused what must not be sent; if there is any, nothing is
 * @param unconfirmed what may be sent once its writer has confirmed
 * @param pseudonyms what the model sees in place of what is masked
 */
public record Screening(List<Spot> refused, List<Spot> unconfirmed, Pseudonyms pseudonyms) {
  /** Nothing was found, or nothing was looked for. */
  public static final Screening NOTHING = new Screening(List.of(), List.of(), Pseudonyms.NONE);

  /**
   * A finding in one of the texts.
   *
   * @param passage the number of the text, from 0
   */
  public record Spot(int passage, Finding finding) {}

  /**
   * Looks at all texts of a conversation, oldest first. What comes out depends on nothing but the
   * arguments. Of findings that overlap, the longer is shown, then the one that begins first, then the
   * kind that {@link Kind} names first; those that are masked become one.
   *
   * @param treatments of the kinds that are not simply sent
   */
  public static Screening of(
    Detectors detectors,
    Map<Kind, Treatment> treatments,
    List<Passage> passages
  ) {
    if (treatments.isEmpty()) {
      return NOTHING;
    }
    List<Spot> refused = new ArrayList<>();
    List<Spot> unconfirmed = new ArrayList<>();
    Pseudonyms.Maker maker = new Pseudonyms.Maker(passages.stream().map(Passage::text).toList());
    for (int i = 0; i < passages.size(); i++) {
      Passage passage = passages.get(i);
      List<Finding> found = detectors.find(passage.text(), treatments.keySet());
      if (passage.judged()) {
        refused.addAll(spots(i, treated(found, treatments, Treatment.REFUSE)));
        List<Finding> warned = treated(found, treatments, Treatment.WARN);
        warned.removeIf(f -> passage.confirmed().contains(f.kind()));
        unconfirmed.addAll(spots(i, warned));
      }
      for (Finding masked : merged(treated(found, treatments, Treatment.MASK))) {
        maker.add(masked.kind(), passage.text().substring(masked.start(), masked.end()));
      }
    }
    return new Screening(List.copyOf(refused), List.copyOf(unconfirmed), maker.made());
  }

  /** The kinds of these findings. */
  public static Set<Kind> kinds(List<Spot> spots) {
    Set<Kind> kinds = java.util.EnumSet.noneOf(Kind.class);
    spots.forEach(s -> kinds.add(s.finding().kind()));
    return kinds;
  }

  private static List<Finding> treated(
    List<Finding> found,
    Map<Kind, Treatment> treatments,
    Treatment treatment
  ) {
    return new ArrayList<>(
      found
        .stream()
        .filter(f -> treatments.get(f.kind()) == treatment)
        .toList()
    );
  }

  private static List<Spot> spots(int passage, List<Finding> found) {
    return found
      .stream()
      .collect(ArrayList<Finding>::new, Screening::keepLonger, List::addAll)
      .stream()
      .map(f -> new Spot(passage, f))
      .toList();
  }

  /** Findings come by their beginning, so only the last one kept can overlap the next. */
  private static void keepLonger(List<Finding> kept, Finding next) {
    if (kept.isEmpty() || !kept.getLast().overlaps(next)) {
      kept.add(next);
    } else if (length(next) > length(kept.getLast())) {
      kept.set(kept.size() - 1, next);
    }
  }

  private static List<Finding> merged(List<Finding> found) {
    List<Finding> merged = new ArrayList<>();
    for (Finding next : found) {
      if (merged.isEmpty() || !merged.getLast().overlaps(next)) {
        merged.add(next);
        continue;
      }
      Finding last = merged.getLast();
      Kind kind = length(next) > length(last) ? next.kind() : last.kind();
      merged.set(
        merged.size() - 1,
        new Finding(kind, last.start(), Math.max(last.end(), next.end()))
      );
    }
    return merged;
  }

  private static int length(Finding f) {
    return f.end() - f.start();
  }
}
