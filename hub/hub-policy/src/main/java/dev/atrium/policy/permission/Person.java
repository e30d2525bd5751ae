package dev.atrium.policy.permission;

import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * What rules need to know of a user.
 *
 * @param departments the user's own department first, then the one above it, up to the root
 */
public record Person(UUID id, List<UUID> departments, Set<UUID> groups, Set<Role> roles) {
  public Person {
    departments = List.copyOf(departments);
    groups = Set.copyOf(groups);
    roles = Set.copyOf(roles);
  }
}
