package dev.atrium.hub.admission;

import dev.atrium.policy.permission.Role;
import java.util.Set;
import java.util.UUID;

/**
 * A user as the database has it now.
 *
 * @param version of the counter of changes, read in the same statement
 * @param active false if the user may not come in any more
 */
record Standing(
  long version,
  UUID userId,
  boolean active,
  UUID departmentId,
  Set<UUID> groups,
  Set<Role> roles
) {}
