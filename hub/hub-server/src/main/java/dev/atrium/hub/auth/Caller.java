package dev.atrium.hub.auth;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import dev.atrium.policy.Scope;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Somebody who has signed in, or a program that shows an API key, as of at most two seconds ago.
 *
 * @param sessionId the session, or the API key that stands in for one
 * @param locale {@code zh} or {@code en}
 * @param groups the groups that the caller is a member of
 * @param service whether this is a service account and no person
 * @param mustChangePassword while true, nothing but a change of the password is to be served
 * @param scopes what the API key is for; absent for a session, which is for everything
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
  boolean mustChangePassword,
  Optional<Set<Scope>> scopes
) {
  public Caller {
    roles = Set.copyOf(roles);
    groups = Set.copyOf(groups);
    scopes = scopes.map(Set::copyOf);
  }

  /** Whether this role was given to the caller for the whole organisation. */
  public boolean hasRole(String role) {
    return roles.contains(role);
  }

  /** Whether this is a program with an API key. */
  public boolean byKey() {
    return scopes.isPresent();
  }

  /**
   * Lets a session pass, and a key that has this scope.
   *
   * @throws AtriumException {@code key_scope_missing}
   */
  public void require(Scope scope) {
    if (scopes.isPresent() && !scopes.get().contains(scope)) {
      throw new AtriumException(ErrorCode.KEY_SCOPE_MISSING, Map.of("scope", scope.code()));
    }
  }

  /**
   * Lets a session pass, and no key.
   *
   * @throws AtriumException {@code key_not_accepted}
   */
  public void requireSession() {
    if (byKey()) {
      throw new AtriumException(ErrorCode.KEY_NOT_ACCEPTED);
    }
  }
}
