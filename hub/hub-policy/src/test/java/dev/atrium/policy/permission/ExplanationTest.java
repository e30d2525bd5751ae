package dev.atrium.policy.permission;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class ExplanationTest {

  private static final UUID ADA = new UUID(0, 1);
  private static final UUID SALES = new UUID(0, 2);
  private static final Explanation.Names NAMES = new Explanation.Names() {
    @Override
    public String user(UUID id) {
      return id.equals(ADA) ? "ada" : "somebody";
    }

    @Override
    public String group(UUID id) {
      return "Pilots";
    }

    @Override
    public String department(UUID id) {
      return "Sales";
    }
  };

  private static Decision decision() {
    Rules rules = new Rules(
      List.of(
        rule(1, Effect.ALLOW, new Subject.Everybody(), Optional.empty()),
        rule(2, Effect.DENY, new Subject.Department(SALES), Optional.of("large")),
        rule(3, Effect.ALLOW, new Subject.Group(new UUID(0, 9)), Optional.of("large"))
      )
    );
    Person ada = new Person(ADA, List.of(SALES), Set.of(), Set.of(Role.EMPLOYEE));
    return rules.why(ada, Action.USE, Resource.model("large"));
  }

  private static Rule rule(long id, Effect effect, Subject subject, Optional<String> model) {
    return new Rule(id, effect, subject, Action.USE, ResourceKind.MODEL, model);
  }

  @Test
  void saysWhatDecidedAndWhatBecameOfTheOthers() {
    assertThat(new Explanation(NAMES, Language.EN).lines(decision())).containsExactly(
      "ada may not use the model “large”: rule 2 decides.",
      "rule 2 (the department “Sales” and all below may not use the model “large”) decides",
      "rule 1 (everybody may use every model) is overruled by a denial",
      "rule 3 (the group “Pilots” may use the model “large”) does not apply to this user"
    );
  }

  @Test
  void saysItInChineseToo() {
    assertThat(new Explanation(NAMES, Language.of("zh-CN")).lines(decision())).containsExactly(
      "ada 不可以使用模型“large”：由规则 2 决定。",
      "规则 2（部门“Sales”及其下级不可以使用模型“large”）起决定作用",
      "规则 1（所有人可以使用所有模型）被拒绝规则否决",
      "规则 3（用户组“Pilots”可以使用模型“large”）不适用于该用户"
    );
  }

  @Test
  void readsAResourceAsItIsWritten() {
    assertThat(Resource.parse("model:org/large:v2")).contains(Resource.model("org/large:v2"));
    assertThat(Resource.parse("knowledge_base:handbook")).isPresent();
    assertThat(Resource.parse("model:")).isEmpty();
    assertThat(Resource.parse("large")).isEmpty();
    assertThat(Resource.parse("pet:cat")).isEmpty();
  }
}
