package dev.atrium.inference.api.cluster;

import io.vertx.core.spi.cluster.NodeInfo;
import io.vertx.core.spi.cluster.RegistrationInfo;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * This process's copy of the cluster's maps of consumers and bus addresses, so that a message finds
 * its way without asking members that may just be lost. It may be late by a moment; whoever sends by
 * it looks into the map afterwards. Any thread.
 */
final class AddressBook {

  private final Map<String, Set<RegistrationInfo>> consumers = new ConcurrentHashMap<>();
  private final Map<String, NodeInfo> nodes = new ConcurrentHashMap<>();

  void add(Registration registration) {
    consumers.merge(registration.address(), Set.of(registration.info()), (old, added) -> {
      Set<RegistrationInfo> both = new HashSet<>(old);
      both.addAll(added);
      return Set.copyOf(both);
    });
  }

  void remove(Registration registration) {
    consumers.computeIfPresent(registration.address(), (_, old) -> {
      Set<RegistrationInfo> rest = new HashSet<>(old);
      rest.remove(registration.info());
      return rest.isEmpty() ? null : Set.copyOf(rest);
    });
  }

  /** Takes over what was read of the whole map. */
  void replace(Collection<Registration> all) {
    Map<String, Set<RegistrationInfo>> read = new HashMap<>();
    for (Registration registration : all) {
      read.computeIfAbsent(registration.address(), _ -> new HashSet<>()).add(registration.info());
    }
    consumers.putAll(read);
    consumers.keySet().retainAll(read.keySet());
  }

  /** The consumers of the address that belong to one of these members; none if it is unknown. */
  List<RegistrationInfo> consumers(String address, Collection<String> members) {
    return consumers
      .getOrDefault(address, Set.of())
      .stream()
      .filter(info -> members.contains(info.nodeId()))
      .toList();
  }

  /** Where the member's bus listens; it stays there for its life. */
  Optional<NodeInfo> node(String nodeId) {
    return Optional.ofNullable(nodes.get(nodeId));
  }

  void put(String nodeId, NodeInfo info) {
    nodes.put(nodeId, info);
  }

  /** Forgets where others than these members listened. */
  void retain(Set<String> members) {
    nodes.keySet().retainAll(members);
  }
}
