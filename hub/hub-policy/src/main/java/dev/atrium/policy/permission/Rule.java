package dev.atrium.policy.permission;

import java.util.Optional;

/**
 * A grant or a denial. Rules are not changed, only added and removed, so that a number always means
 * the same.
 *
 * @param id its number, given once and never again
 * @param resource a name, or empty for all of the kind, also those that come later
 */
public record Rule(
  long id,
  Effect effect,
  Subject subject,
  Action action,
  ResourceKind kind,
  Optional<String> resource
) {
  public Rule {
    if (!kind.knows(action)) {
      throw new IllegalArgumentException("nobody can " + action.code() + " a " + kind.code());
    }
  }

  boolean isAbout(Action asked, Resource thing) {
    return (
      action == asked &&
      kind == thing.kind() &&
      resource.map(name -> name.equals(thing.name())).orElse(true)
    );
  }
}
