package dev.atrium.policy.permission;

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
}
