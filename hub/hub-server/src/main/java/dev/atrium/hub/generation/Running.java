package dev.atrium.hub.generation;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** The generations that run on this hub. Confined to the conductor's context. */
final class Running {

  private final Map<UUID, Generation> byId = new LinkedHashMap<>();

  void add(Generation g) {
    byId.put(g.id(), g);
  }

  /** Leaves another one of the same id alone: a hub may have claimed from itself what it had let go. */
  void remove(Generation g) {
    byId.remove(g.id(), g);
  }

  boolean isEmpty() {
    return byId.isEmpty();
  }

  Collection<Generation> all() {
    return byId.values();
  }

  Set<UUID> ids() {
    return Set.copyOf(byId.keySet());
  }

  Optional<Generation> find(UUID id) {
    return Optional.ofNullable(byId.get(id));
  }

  /** A generation of this user; somebody else's is not there. */
  Optional<Generation> find(UUID userId, UUID id) {
    return find(id).filter(g -> g.requester().userId().equals(userId));
  }

  /** By the id as the bus has it; what is not one of ours is not there. */
  Optional<Generation> find(String id) {
    try {
      return find(UUID.fromString(id));
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  void unfollow(UUID followerId) {
    byId.values().forEach(g -> g.answer().unfollow(followerId));
  }

  void nodeLost(String nodeId) {
    for (Generation g : new ArrayList<>(byId.values())) {
      g
        .relay()
        .filter(r -> r.engine().nodeId().equals(nodeId))
        .ifPresent(GenerationRelay::lost);
    }
  }

  void tick(long nowNanos) {
    for (Generation g : new ArrayList<>(byId.values())) {
      g.relay().ifPresent(r -> r.tick(nowNanos));
    }
  }
}
