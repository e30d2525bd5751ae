package dev.atrium.hub.db;

import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * What may have changed.
 *
 * @param people whose roles, groups, sessions or keys; absent if that may be anybody
 */
public record Changed(Optional<Set<UUID>> people) {
  /** Whether it may concern this person. */
  public boolean concerns(UUID userId) {
    return people.map(some -> some.contains(userId)).orElse(true);
  }
}
