package dev.atrium.policy.permission;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;

/**
 * All rules there are, and how they are weighed.
 *
 * <p>A rule applies if it is about the action and the resource (or all of its kind) and its subject
 * includes the user. <b>One denial that applies refuses, whatever else applies; otherwise one grant
 * allows; otherwise it is refused.</b> Nearness never decides between grant and denial, it only says
 * which of several rules explains the outcome: user, then group, then department from the user's own
 * upwards, then role, then everybody; at the same distance the rule that names the resource before
 * the one for all of its kind, then the older one.
 */
public final class Rules {

  private static final int USER = 0;
  private static final int GROUP = 1;
  private static final int DEPARTMENT = 2;
  private static final int ROLE = 1_000_000;
  private static final int EVERYBODY = ROLE + 1;

  private static final Comparator<Near> NEAREST_FIRST = Comparator.comparingInt(Near::distance)
    .thenComparing(near -> near.rule().resource().isEmpty())
    .thenComparingLong(near -> near.rule().id());

  private final List<Rule> rules;

  /** A rule that applies, and how far away its subject is. */
  private record Near(Rule rule, int distance) {}

  public Rules(List<Rule> rules) {
    this.rules = List.copyOf(rules);
  }

  /** Whether this user may do this. */
  public boolean allow(Person person, Action action, Resource resource) {
    boolean granted = false;
    for (Rule rule : rules) {
      if (rule.isAbout(action, resource) && distance(rule.subject(), person).isPresent()) {
        if (rule.effect() == Effect.DENY) {
          return false;
        }
        granted = true;
      }
    }
    return granted;
  }

  /** The same answer with the rules that were looked at and the one that decided. */
  public Decision why(Person person, Action action, Resource resource) {
    List<Near> near = new ArrayList<>();
    List<Rule> far = new ArrayList<>();
    for (Rule rule : rules) {
      if (rule.isAbout(action, resource)) {
        distance(rule.subject(), person).ifPresentOrElse(
          d -> near.add(new Near(rule, d)),
          () -> far.add(rule)
        );
      }
    }
    near.sort(NEAREST_FIRST);
    far.sort(Comparator.comparingLong(Rule::id));
    List<Rule> applying = near.stream().map(Near::rule).toList();
    Effect outcome = applying.stream().anyMatch(r -> r.effect() == Effect.DENY)
      ? Effect.DENY
      : Effect.ALLOW;
    return new Decision(
      person,
      action,
      resource,
      applying
        .stream()
        .filter(r -> r.effect() == outcome)
        .findFirst(),
      applying,
      far
    );
  }

  private static OptionalInt distance(Subject subject, Person person) {
    return switch (subject) {
      case Subject.User(var id) -> at(USER, id.equals(person.id()));
      case Subject.Group(var id) -> at(GROUP, person.groups().contains(id));
      case Subject.Department(var id) -> {
        int above = person.departments().indexOf(id);
        yield at(DEPARTMENT + above, above >= 0);
      }
      case Subject.OfRole(var role) -> at(ROLE, person.roles().contains(role));
      case Subject.Everybody _ -> at(EVERYBODY, true);
    };
  }

  private static OptionalInt at(int distance, boolean applies) {
    return applies ? OptionalInt.of(distance) : OptionalInt.empty();
  }
}
