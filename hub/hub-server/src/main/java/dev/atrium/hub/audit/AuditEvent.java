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
 * @param details further strings, whole numbers and booleans; never a secret or a message's text
 */
public record AuditEvent(
  Actor actor,
  String action,
  Optional<Target> target,
  Result result,
  Optional<String> address,
  Optional<String> correlationId,
  Map<String, Object> details
) {
  public AuditEvent {
    details = Map.copyOf(details);
    details.forEach((name, value) -> {
      if (
        !(value instanceof String ||
          value instanceof Boolean ||
          value instanceof Integer ||
          value instanceof Long)
      ) {
        throw new IllegalArgumentException("detail " + name + " is a " + value.getClass());
      }
    });
  }

  /** Who did it: a user, somebody who only gave a name, or the hub itself. */
  public record Actor(Optional<UUID> id, Optional<String> name) {
    /** A user that is known. */
    public static Actor user(UUID id, String name) {
      return new Actor(Optional.of(id), Optional.of(name));
    }

    /** Somebody who claimed this name and may be anybody. */
    public static Actor claiming(String name) {
      return new Actor(Optional.empty(), Optional.of(name));
    }

    /** The hub, of its own accord. */
    public static Actor system() {
      return new Actor(Optional.empty(), Optional.empty());
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
      Map.of()
    );
  }

  /** The same with another result. */
  public AuditEvent result(Result other) {
    return new AuditEvent(actor, action, target, other, address, correlationId, details);
  }

  /** The same, done to something. */
  public AuditEvent target(String kind, Object id) {
    return new AuditEvent(
      actor,
      action,
      Optional.of(new Target(kind, id.toString())),
      result,
      address,
      correlationId,
      details
    );
  }

  /** The same, from an address. */
  public AuditEvent from(String networkAddress) {
    return new AuditEvent(
      actor,
      action,
      target,
      result,
      Optional.of(networkAddress),
      correlationId,
      details
    );
  }

  /** The same, joined with others. */
  public AuditEvent correlation(String id) {
    return new AuditEvent(actor, action, target, result, address, Optional.of(id), details);
  }

  /** The same, with these details. */
  public AuditEvent details(Map<String, Object> other) {
    return new AuditEvent(actor, action, target, result, address, correlationId, other);
  }
}
