package dev.atrium.policy.sensitive;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * All rules there are, and how they are weighed: <b>of the rules that apply the strictest holds; without
 * one, everything is sent as it is.</b> Nearness only says which of several equally strict rules explains
 * the outcome: the user's own department first, then the one above, up to the root, then everybody; at
 * the same distance a rule that names the model before one for every model, one that names the kind before
 * one for every kind, then the older one.
 */
public final class TreatmentRules {

  private static final int EVERYBODY = Integer.MAX_VALUE;

  private final List<TreatmentRule> rules;

  /**
   * The outcome for one kind, with its reasons.
   *
   * @param by empty if no rule applies
   * @param applying nearest first
   * @param others about the same model and kind, for other departments
   */
  public record Reason(
    Kind kind,
    Treatment treatment,
    Optional<TreatmentRule> by,
    List<TreatmentRule> applying,
    List<TreatmentRule> others
  ) {}

  public TreatmentRules(List<TreatmentRule> rules) {
    this.rules = List.copyOf(rules);
  }

  /** All rules, oldest first. */
  public List<TreatmentRule> all() {
    return rules;
  }

  /**
   * What becomes of each kind that is not simply sent.
   *
   * @param departments the user's, then those above, nearest first
   */
  public Map<Kind, Treatment> treatments(List<UUID> departments, String model) {
    Map<Kind, Treatment> strict = new EnumMap<>(Kind.class);
    for (Kind kind : Kind.values()) {
      for (TreatmentRule rule : rules) {
        if (rule.isAbout(model, kind) && applies(rule, departments)) {
          strict.merge(kind, rule.treatment(), TreatmentRules::stricter);
        }
      }
    }
    strict.values().removeIf(t -> t == Treatment.ALLOW);
    return strict;
  }

  /** The outcome for one kind with the rules that were looked at. */
  public Reason why(List<UUID> departments, String model, Kind kind) {
    List<TreatmentRule> applying = new ArrayList<>();
    List<TreatmentRule> others = new ArrayList<>();
    for (TreatmentRule rule : rules) {
      if (rule.isAbout(model, kind)) {
        (applies(rule, departments) ? applying : others).add(rule);
      }
    }
    applying.sort(
      Comparator.comparingInt((TreatmentRule r) -> distance(r, departments))
        .thenComparing(r -> r.model().isEmpty())
        .thenComparing(r -> r.kind().isEmpty())
        .thenComparingLong(TreatmentRule::id)
    );
    Treatment outcome = applying
      .stream()
      .map(TreatmentRule::treatment)
      .reduce(Treatment.ALLOW, TreatmentRules::stricter);
    Optional<TreatmentRule> by = applying
      .stream()
      .filter(r -> r.treatment() == outcome)
      .findFirst();
    return new Reason(kind, outcome, by, List.copyOf(applying), List.copyOf(others));
  }

  private static Treatment stricter(Treatment a, Treatment b) {
    return a.compareTo(b) >= 0 ? a : b;
  }

  private static boolean applies(TreatmentRule rule, List<UUID> departments) {
    return rule.department().map(departments::contains).orElse(true);
  }

  private static int distance(TreatmentRule rule, List<UUID> departments) {
    return rule.department().map(departments::indexOf).orElse(EVERYBODY);
  }
}
