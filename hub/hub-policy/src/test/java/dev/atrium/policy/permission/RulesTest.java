package dev.atrium.policy.permission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class RulesTest {

  private static final UUID ADA = new UUID(0, 1);
  private static final UUID LEGAL = new UUID(0, 2);
  private static final UUID ROOT = new UUID(0, 3);
  private static final UUID SALES = new UUID(0, 4);
  private static final UUID EXPORT = new UUID(0, 5);
  private static final Resource STARTER = Resource.model("starter");

  private static final Person ada = new Person(
    ADA,
    List.of(EXPORT, SALES, ROOT),
    Set.of(LEGAL),
    Set.of(Role.EMPLOYEE)
  );

  private static Rule rule(long id, Effect effect, Subject subject, String model) {
    return new Rule(
      id,
      effect,
      subject,
      Action.USE,
      ResourceKind.MODEL,
      Optional.ofNullable(model)
    );
  }

  private static Decision why(Rule... rules) {
    return new Rules(List.of(rules)).why(ada, Action.USE, STARTER);
  }

  @Test
  void refusesWhatNoRuleAllows() {
    Decision decision = why(rule(1, Effect.ALLOW, new Subject.Everybody(), "another"));
    assertThat(decision.allowed()).isFalse();
    assertThat(decision.by()).isEmpty();
    assertThat(decision.applying()).isEmpty();
  }

  @Test
  void oneDenialFromFarAwayBeatsEveryGrant() {
    Decision decision = why(
      rule(1, Effect.ALLOW, new Subject.User(ADA), "starter"),
      rule(2, Effect.ALLOW, new Subject.Group(LEGAL), "starter"),
      rule(3, Effect.DENY, new Subject.Everybody(), null)
    );
    assertThat(decision.allowed()).isFalse();
    assertThat(decision.by().orElseThrow().id()).isEqualTo(3);
    assertThat(decision.applying())
      .extracting(decision::part)
      .containsExactly(Decision.Part.OVERRULED, Decision.Part.OVERRULED, Decision.Part.DECIDES);
  }

  @Test
  void aDepartmentInheritsFromAllAboveAndTheNearestExplains() {
    Decision decision = why(
      rule(1, Effect.ALLOW, new Subject.Department(ROOT), null),
      rule(2, Effect.ALLOW, new Subject.Department(SALES), null),
      rule(3, Effect.ALLOW, new Subject.OfRole(Role.EMPLOYEE), "starter")
    );
    assertThat(decision.by().orElseThrow().id()).isEqualTo(2);
    assertThat(decision.applying()).extracting(Rule::id).containsExactly(2L, 1L, 3L);
  }

  @Test
  void aRuleThatNamesTheModelExplainsBeforeOneForAll() {
    Decision decision = why(
      rule(1, Effect.ALLOW, new Subject.Everybody(), null),
      rule(2, Effect.ALLOW, new Subject.Everybody(), "starter")
    );
    assertThat(decision.by().orElseThrow().id()).isEqualTo(2);
  }

  @Test
  void showsTheRulesThatAreAboutItButNotAboutTheUser() {
    Decision decision = why(
      rule(1, Effect.ALLOW, new Subject.OfRole(Role.AUDITOR), null),
      rule(2, Effect.DENY, new Subject.User(ROOT), "starter"),
      rule(3, Effect.ALLOW, new Subject.Everybody(), "another")
    );
    assertThat(decision.allowed()).isFalse();
    assertThat(decision.others()).extracting(Rule::id).containsExactly(1L, 2L);
    assertThat(decision.part(decision.others().getFirst())).isEqualTo(Decision.Part.DOES_NOT_APPLY);
  }

  @Test
  void anActionThatAKindDoesNotKnowIsNoRule() {
    assertThatThrownBy(() ->
      new Rule(
        1,
        Effect.ALLOW,
        new Subject.Everybody(),
        Action.EDIT,
        ResourceKind.MODEL,
        Optional.empty()
      )
    ).hasMessage("nobody can edit a model");
  }

  /** Ten thousand small worlds, each asked everything, against the definition taken word by word. */
  @Test
  void agreesWithTheDefinitionInEveryRandomWorld() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    int refusals = 0;
    int grants = 0;
    for (int i = 0; i < 10_000; i++) {
      World world = new World(random);
      for (Resource resource : World.RESOURCES) {
        for (Action action : Action.values()) {
          Decision decision = world.rules.why(world.person, action, resource);
          List<Rule> applying = world.applying(action, resource);
          boolean allowed =
            applying.stream().noneMatch(r -> r.effect() == Effect.DENY) && !applying.isEmpty();
          String where = "seed " + seed + " world " + i;
          assertThat(decision.allowed()).as(where).isEqualTo(allowed);
          assertThat(world.rules.allow(world.person, action, resource))
            .as(where)
            .isEqualTo(allowed);
          assertThat(new HashSet<>(decision.applying()))
            .as(where)
            .isEqualTo(new HashSet<>(applying));
          assertThat(decision.by()).as(where).isEqualTo(world.nearest(applying, allowed));
          grants += allowed ? 1 : 0;
          refusals += allowed ? 0 : 1;
        }
      }
    }
    assertThat(grants).isPositive();
    assertThat(refusals).isPositive();
  }

  /** A few departments, groups, roles and rules, so few that they meet often. */
  private static final class World {

    static final List<Resource> RESOURCES = List.of(
      Resource.model("a"),
      Resource.model("b"),
      new Resource(ResourceKind.ASSISTANT, "a")
    );

    final Map<UUID, UUID> parents = new HashMap<>();
    final List<Rule> all = new ArrayList<>();
    final Person person;
    final Rules rules;
    private final Random random;

    World(Random random) {
      this.random = random;
      for (int d = 1; d < 5; d++) {
        parents.put(id(10 + d), id(10 + random.nextInt(d)));
      }
      Set<UUID> groups = new HashSet<>();
      Set<Role> roles = new HashSet<>();
      for (int g = 0; g < 3; g++) {
        if (random.nextBoolean()) {
          groups.add(id(20 + g));
        }
      }
      for (Role role : Role.values()) {
        if (random.nextBoolean()) {
          roles.add(role);
        }
      }
      person = new Person(
        id(random.nextInt(3)),
        new Departments(parents).chain(id(10 + random.nextInt(5))),
        groups,
        roles
      );
      int count = random.nextInt(8);
      for (int r = 0; r < count; r++) {
        all.add(randomRule(r + 1));
      }
      rules = new Rules(all);
    }

    private static UUID id(int n) {
      return new UUID(0, n);
    }

    private Rule randomRule(long number) {
      Subject subject = switch (random.nextInt(5)) {
        case 0 -> new Subject.User(id(random.nextInt(3)));
        case 1 -> new Subject.Group(id(20 + random.nextInt(3)));
        case 2 -> new Subject.Department(id(10 + random.nextInt(5)));
        case 3 -> new Subject.OfRole(Role.values()[random.nextInt(4)]);
        default -> new Subject.Everybody();
      };
      Resource resource = RESOURCES.get(random.nextInt(3));
      Action action = resource.kind() == ResourceKind.MODEL
        ? Action.USE
        : Action.values()[random.nextInt(2)];
      return new Rule(
        number,
        random.nextInt(4) == 0 ? Effect.DENY : Effect.ALLOW,
        subject,
        action,
        resource.kind(),
        random.nextBoolean() ? Optional.empty() : Optional.of(resource.name())
      );
    }

    List<Rule> applying(Action action, Resource resource) {
      List<Rule> found = new ArrayList<>();
      for (Rule rule : all) {
        boolean about =
          rule.action() == action &&
          rule.kind() == resource.kind() &&
          (rule.resource().isEmpty() || rule.resource().get().equals(resource.name()));
        if (about && rank(rule) >= 0) {
          found.add(rule);
        }
      }
      return found;
    }

    /** How far away, or -1: walks the tree itself. */
    private int rank(Rule rule) {
      switch (rule.subject()) {
        case Subject.User(var user) -> {
          return user.equals(person.id()) ? 0 : -1;
        }
        case Subject.Group(var group) -> {
          return person.groups().contains(group) ? 1 : -1;
        }
        case Subject.Department(var department) -> {
          int steps = 2;
          UUID at = person.departments().getFirst();
          while (at != null) {
            if (at.equals(department)) {
              return steps;
            }
            at = parents.get(at);
            steps++;
          }
          return -1;
        }
        case Subject.OfRole(var role) -> {
          return person.roles().contains(role) ? 100 : -1;
        }
        case Subject.Everybody _ -> {
          return 101;
        }
      }
    }

    Optional<Rule> nearest(List<Rule> applying, boolean allowed) {
      Rule best = null;
      for (Rule rule : applying) {
        boolean sameOutcome = (rule.effect() == Effect.ALLOW) == allowed;
        if (sameOutcome && (best == null || isNearer(rule, best))) {
          best = rule;
        }
      }
      return Optional.ofNullable(best);
    }

    private boolean isNearer(Rule a, Rule b) {
      if (rank(a) != rank(b)) {
        return rank(a) < rank(b);
      }
      if (a.resource().isPresent() != b.resource().isPresent()) {
        return a.resource().isPresent();
      }
      return a.id() < b.id();
    }
  }
}
