package dev.atrium.hub.audit;

import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Something to be recorded. The time is given by the database.
 *
 * @param actor who did it
 * @param action a word of the product, as {@code session.sign_in}; lower case, dots between
 * @param target what it was done to
 * @param result how it ended
 * @param address where it came from, if it came over the network
 * @param correlationId joins the records of one request, if there is more than one
 * @param details further strings, whole numbers and booleans, or maps of these; never a secret, a
 *     message's text, or what is personal
 * @param personal what is personal besides the actor's name and the address
 */
public record AuditEvent(
  Actor actor,
  String action,
  Optional<Target> target,
  Result result,
  Optional<String> address,
  Optional<String> correlationId,
  Map<String, Object> details,
  Optional<About> personal
) {
  public AuditEvent {
    details = Map.copyOf(details);
    details.forEach(AuditEvent::requireOneForm);
  }

  private static void requireOneForm(String name, Object value) {
    if (value instanceof Map<?, ?> map) {
      map.forEach((inner, v) -> requireOneForm(name + "." + inner, v));
    } else if (
      !(value instanceof String ||
        value instanceof Boolean ||
        value instanceof Integer ||
        value instanceof Long)
    ) {
      throw new IllegalArgumentException("detail " + name + " is a " + value.getClass());
    }
  }

  /** Texts about a person that can be erased with that person. */
  public record About(UUID subject, Map<String, String> fields) {
    public About {
      fields = Map.copyOf(fields);
    }
  }

  /**
   * Who did it: a user, somebody who only gave a name, or the hub itself.
   *
   * @param claimed the account whose name was given by somebody who may be anybody
   */
  public record Actor(Optional<UUID> id, Optional<String> name, Optional<UUID> claimed) {
    /** A user that is known. */
    public static Actor user(UUID id, String name) {
      return new Actor(Optional.of(id), Optional.of(name), Optional.empty());
    }

    /** A user of whom only the id is at hand. */
    public static Actor user(UUID id) {
      return new Actor(Optional.of(id), Optional.empty(), Optional.empty());
    }

    /** Somebody who claimed to be this user and may be anybody. */
    public static Actor claiming(UUID account, String name) {
      return new Actor(Optional.empty(), Optional.of(name), Optional.of(account));
    }

    /** The hub, of its own accord. */
    public static Actor system() {
      return new Actor(Optional.empty(), Optional.empty(), Optional.empty());
    }
  }

  /** What it was done to. */
  public record Target(String kind, String id) {}

  /** How it ended: done, refused by a rule, or failed by an error. */
  public enum Result {
    OK,
    REFUSED,
    FAILED,
  }

  /** A deed that succeeded, without a target. */
  public static AuditEvent ok(Actor actor, String action) {
    return new AuditEvent(
      actor,
      action,
      Optional.empty(),
      Result.OK,
      Optional.empty(),
      Optional.empty(),
      Map.of(),
      Optional.empty()
    );
  }

  /** A deed that a rule forbade. */
  public static AuditEvent refused(Actor actor, String action) {
    return ok(actor, action).result(Result.REFUSED);
  }

  /** The same with another result. */
  public AuditEvent result(Result other) {
    return new AuditEvent(actor, action, target, other, address, correlationId, details, personal);
  }

  /** The same, done to something. */
  public AuditEvent target(String kind, Object id) {
    Optional<Target> to = Optional.of(new Target(kind, id.toString()));
    return new AuditEvent(actor, action, to, result, address, correlationId, details, personal);
  }

  /** The same, from an address. */
  public AuditEvent from(String networkAddress) {
    Optional<String> from = Optional.of(networkAddress);
    return new AuditEvent(actor, action, target, result, from, correlationId, details, personal);
  }

  /** The same, joined with others. */
  public AuditEvent correlation(String id) {
    Optional<String> joined = Optional.of(id);
    return new AuditEvent(actor, action, target, result, address, joined, details, personal);
  }

  /** The same, with these details. */
  public AuditEvent details(Map<String, Object> other) {
    return new AuditEvent(actor, action, target, result, address, correlationId, other, personal);
  }

  /** The same, with what was there before and what is there now as its details. */
  public AuditEvent changed(Map<String, Object> before, Map<String, Object> after) {
    return details(Map.of("before", Map.copyOf(before), "after", Map.copyOf(after)));
  }

  /** The same, with texts about a person that are to be erased with that person. */
  public AuditEvent personal(UUID subject, Map<String, String> fields) {
    Optional<About> about = Optional.of(new About(subject, fields));
    return new AuditEvent(actor, action, target, result, address, correlationId, details, about);
  }
}
