package dev.atrium.policy.permission;

import java.util.Optional;
import java.util.UUID;

/** Whom a rule is about. */
public sealed interface Subject {
  /** One user, person or service account. */
  record User(UUID id) implements Subject {}

  /** All members of a group. */
  record Group(UUID id) implements Subject {}

  /** Everybody in a department or below it. */
  record Department(UUID id) implements Subject {}

  /** Everybody who holds a role, whatever its scope. */
  record OfRole(Role role) implements Subject {}

  /** Every user there is. */
  record Everybody() implements Subject {}

  /**
   * A subject as it is stored.
   *
   * @param id of the user, group or department
   * @param role the role
   * @throws IllegalArgumentException if they don't fit together
   */
  static Subject of(String kind, Optional<UUID> id, Optional<String> role) {
    return switch (kind) {
      case "user" -> new User(needed(kind, id));
      case "group" -> new Group(needed(kind, id));
      case "department" -> new Department(needed(kind, id));
      case "role" -> new OfRole(needed(kind, role.flatMap(Role::of)));
      case "everybody" -> new Everybody();
      default -> throw new IllegalArgumentException("a rule about " + kind);
    };
  }

  private static <T> T needed(String kind, Optional<T> value) {
    return value.orElseThrow(() -> new IllegalArgumentException("a rule about no " + kind));
  }
}
