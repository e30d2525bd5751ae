package dev.atrium.hub.admission;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import dev.atrium.policy.permission.Action;
import dev.atrium.policy.permission.Decision;
import dev.atrium.policy.permission.Person;
import dev.atrium.policy.permission.Resource;
import dev.atrium.policy.sensitive.Detectors;
import dev.atrium.policy.sensitive.Kind;
import dev.atrium.policy.sensitive.Treatment;
import java.util.Map;
import java.util.UUID;

/** One user, and what the rules say of that user at this moment. */
final class Judge {

  private final Person person;
  private final UUID departmentId;
  private final RuleBook book;

  Judge(Standing standing, RuleBook book) {
    this.person = new Person(
      standing.userId(),
      book.departments().chain(standing.departmentId()),
      standing.groups(),
      standing.roles()
    );
    this.departmentId = standing.departmentId();
    this.book = book;
  }

  UUID departmentId() {
    return departmentId;
  }

  boolean limitsRequests() {
    return book.limitsRequests();
  }

  /** What becomes of sensitive data that this user sends to a model, of the kinds that are not simply sent. */
  Map<Kind, Treatment> treatments(String model) {
    return book.sensitivity().rules().treatments(person.departments(), model);
  }

  Detectors detectors() {
    return book.sensitivity().detectors();
  }

  boolean allowsModel(String name) {
    return book.rules().allow(person, Action.USE, Resource.model(name));
  }

  boolean allowsFeature(String name) {
    return book.rules().allow(person, Action.USE, Resource.feature(name));
  }

  /** The refusal, with the number of the rule that decided, or {@code none} if no rule allows it. */
  AtriumException refusal(String model) {
    return new AtriumException(
      ErrorCode.MODEL_FORBIDDEN,
      Map.of("model", model, "rule", rule(Resource.model(model)))
    );
  }

  /** {@link #refusal} of a feature. */
  AtriumException featureRefusal(String feature) {
    return new AtriumException(
      ErrorCode.FEATURE_FORBIDDEN,
      Map.of("feature", feature, "rule", rule(Resource.feature(feature)))
    );
  }

  private String rule(Resource resource) {
    Decision decision = book.rules().why(person, Action.USE, resource);
    return decision
      .by()
      .map(r -> Long.toString(r.id()))
      .orElse("none");
  }
}
