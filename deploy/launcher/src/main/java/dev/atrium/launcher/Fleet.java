package dev.atrium.launcher;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Everything that runs, by kind. Stopping goes against the flow of a message: hubs first (they finish
 * and store the answers in flight), then the nodes that write them, then PostgreSQL; those of one kind
 * together.
 */
final class Fleet {

  private final List<Service> hubs = new ArrayList<>();
  private final List<Service> nodes = new ArrayList<>();
  private Service postgres;
  private boolean stopping;

  /** Starts a hub; returns false, without starting it, once a stop has begun. */
  synchronized boolean startHub(Service hub) {
    return start(hub, hubs);
  }

  synchronized boolean startNode(Service node) {
    return start(node, nodes);
  }

  synchronized boolean startPostgres(Service server) {
    postgres = server;
    return start(server, new ArrayList<>());
  }

  private boolean start(Service service, List<Service> kind) {
    if (stopping) {
      return false;
    }
    kind.add(service);
    service.start();
    return true;
  }

  synchronized List<Service> hubs() {
    return List.copyOf(hubs);
  }

  synchronized List<Service> nodes() {
    return List.copyOf(nodes);
  }

  synchronized Optional<Service> postgres() {
    return Optional.ofNullable(postgres);
  }

  /** From now on, who dies is started again. */
  void supervise() {
    postgres().ifPresent(Service::supervise);
    nodes().forEach(Service::supervise);
    hubs().forEach(Service::supervise);
  }

  /** Whether some kind has nobody left who may come back. */
  boolean isBeyondHope() {
    return (
      allGivenUp(hubs()) || allGivenUp(nodes()) || postgres().stream().anyMatch(Fleet::givenUp)
    );
  }

  private static boolean allGivenUp(List<Service> kind) {
    return !kind.isEmpty() && kind.stream().allMatch(Fleet::givenUp);
  }

  private static boolean givenUp(Service service) {
    return service.state() == Service.State.GIVEN_UP;
  }

  /** Stops everything in order. Every wait is bounded; the second call finds nothing left to do. */
  void stop() {
    synchronized (this) {
      stopping = true;
    }
    together(hubs());
    together(nodes());
    postgres().ifPresent(Service::stop);
  }

  private static void together(List<Service> services) {
    List<Thread> stops = services
      .stream()
      .map(service -> Thread.ofPlatform().start(service::stop))
      .toList();
    for (Thread stop : stops) {
      try {
        stop.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }
}
