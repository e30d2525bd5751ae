package dev.atrium.hub.auth;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * A session of a user that has not ended, as its user sees it in a list.
 *
 * @param provider who vouched for the user: {@code password}, {@code oidc} or {@code ldap}
 * @param address where it was opened
 * @param current whether it is the one that asks
 */
public record OpenSession(
  UUID id,
  Instant createdAt,
  Instant refreshedAt,
  String provider,
  Optional<String> address,
  Optional<String> userAgent,
  boolean current
) {}
