package dev.atrium.hub.admission;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import dev.atrium.api.ModelView;
import dev.atrium.hub.auth.Caller;
import dev.atrium.hub.db.Db;
import dev.atrium.policy.permission.Action;
import dev.atrium.policy.permission.Departments;
import dev.atrium.policy.permission.Person;
import dev.atrium.policy.permission.Resource;
import dev.atrium.policy.permission.Role;
import dev.atrium.policy.permission.Rules;
import io.vertx.core.Future;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * Who may do what, by rules that are held in memory. A list for the eye is made of them as they are.
 * Where something is let in, {@link #judge} first makes sure that they are those of this moment.
 */
public final class Permissions {

  private final PgRules store;
  private volatile RuleBook book = new RuleBook(
    -1,
    new Rules(List.of()),
    new Departments(Map.of()),
    true,
    true,
    Sensitivity.NONE
  );

  private Permissions(PgRules store) {
    this.store = store;
  }

  /** Over the tables of this hub's database; allows nothing until the first {@link #refresh}. */
  public static Permissions create(Db db) {
    return new Permissions(new PgRules(db));
  }

  /** Reads the rules again. */
  public Future<Void> refresh() {
    return store.read(book.sensitivity()).onSuccess(this::keep).mapEmpty();
  }

  /** Two readings may overtake each other. */
  private synchronized RuleBook keep(RuleBook read) {
    if (read.version() >= book.version()) {
      book = read;
    }
    return book;
  }

  /** Those of the models that a caller may use. */
  public List<ModelView> visible(Caller caller, List<ModelView> models) {
    RuleBook now = book;
    Set<Role> roles = new HashSet<>();
    caller.roles().forEach(role -> Role.of(role).ifPresent(roles::add));
    if (!caller.service()) {
      roles.add(Role.EMPLOYEE);
    }
    Person person = new Person(
      caller.userId(),
      now.departments().chain(caller.departmentId()),
      caller.groups(),
      roles
    );
    return models
      .stream()
      .filter(m -> now.rules().allow(person, Action.USE, Resource.model(m.name())))
      .toList();
  }

  /** Whether anybody's tokens are limited, as far as is known here. */
  boolean limitsTokens() {
    return book.limitsTokens();
  }

  /**
   * Whether a user may use a feature, with the user and the rules as they are at this moment; not if the
   * user may not come in any more.
   */
  public Future<Boolean> mayUse(UUID userId, String feature) {
    return judge(userId)
      .map(judge -> judge.allowsFeature(feature))
      .recover(e ->
        e instanceof AtriumException a && a.code() == ErrorCode.SESSION_EXPIRED
          ? Future.succeededFuture(false)
          : Future.failedFuture(e)
      );
  }

  /** The same for whom it is refused with {@code feature_forbidden} or {@code session_expired}. */
  public Future<Void> requireFeature(UUID userId, String feature) {
    return judge(userId).compose(judge ->
      judge.allowsFeature(feature)
        ? Future.succeededFuture()
        : Future.failedFuture(judge.featureRefusal(feature))
    );
  }

  /**
   * A user and the rules, both as of now: one statement reads the user and the counter of changes, and
   * if rules were changed since they were read, they are read again. Fails with {@code
   * session_expired} if the user may not come in any more.
   */
  Future<Judge> judge(UUID userId) {
    return store
      .standing(userId)
      .compose(found -> {
        Standing standing = found
          .filter(Standing::active)
          .orElseThrow(() -> new AtriumException(ErrorCode.SESSION_EXPIRED));
        RuleBook held = book;
        Future<RuleBook> current = held.version() == standing.version()
          ? Future.succeededFuture(held)
          : store.read(held.sensitivity()).map(this::keep);
        return current.map(rules -> new Judge(standing, rules));
      });
  }
}
