package dev.atrium.policy.permission;

import java.util.List;
import java.util.Optional;

/**
 * An answer with its reasons.
 *
 * @param by the rule that decided; empty if none applies, and then it is refused
 * @param applying all rules that apply, nearest first
 * @param others rules about the same action and resource that do not apply to this user, oldest first
 */
public record Decision(
  Person person,
  Action action,
  Resource resource,
  Optional<Rule> by,
  List<Rule> applying,
  List<Rule> others
) {
  public Decision {
    applying = List.copyOf(applying);
    others = List.copyOf(others);
  }

  /** What became of a rule that was looked at. */
  public enum Part {
    /** The nearest of those that say what came out. */
    DECIDES,
    /** Says the same, from further away. */
    AGREES,
    /** A grant that a denial overrules. */
    OVERRULED,
    /** Is about this, but not about this user. */
    DOES_NOT_APPLY,
  }

  /** Whether the action is allowed. */
  public boolean allowed() {
    return by.map(rule -> rule.effect() == Effect.ALLOW).orElse(false);
  }

  /** What became of one of the rules of this decision. */
  public Part part(Rule rule) {
    if (by.filter(rule::equals).isPresent()) {
      return Part.DECIDES;
    }
    if (!applying.contains(rule)) {
      return Part.DOES_NOT_APPLY;
    }
    return by.orElseThrow().effect() == rule.effect() ? Part.AGREES : Part.OVERRULED;
  }
}
