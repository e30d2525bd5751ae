package dev.atrium.policy.permission;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** The tree of departments, as far as inheritance goes. */
public final class Departments {

  private final Map<UUID, UUID> parents;

  /**
   * @param parents each department with the one above it; the root is no key
   */
  public Departments(Map<UUID, UUID> parents) {
    this.parents = Map.copyOf(parents);
  }

  /**
   * A department and all above it, nearest first. Ends at the root, and also where a chain comes back
   * to itself, which the database refuses.
   */
  public List<UUID> chain(UUID department) {
    List<UUID> chain = new ArrayList<>();
    for (UUID at = department; at != null && !chain.contains(at); at = parents.get(at)) {
      chain.add(at);
    }
    return List.copyOf(chain);
  }
}
