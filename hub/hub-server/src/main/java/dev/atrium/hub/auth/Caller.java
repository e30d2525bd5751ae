package dev.atrium.hub.auth;

import java.util.Set;
import java.util.UUID;

/**
 * Somebody who has signed in, as of at most two seconds ago.
 *
 * @param locale {@code zh} or {@code en}
 * @param groups the groups that the caller is a member of
 * @param service whether this is a service account and no person
 * @param mustChangePassword while true, nothing but a change of the password is to be served
 */
public record Caller(
  UUID userId,
  UUID sessionId,
  String name,
  String displayName,
  UUID departmentId,
  String locale,
  Set<String> roles,
  Set<UUID> groups,
  boolean service,
  boolean mustChangePassword
) {
  public Caller {
    roles = Set.copyOf(roles);
    groups = Set.copyOf(groups);
  }

  /** Whether this role was given to the caller for the whole organisation. */
  public boolean hasRole(String role) {
    return roles.contains(role);
  }
}
