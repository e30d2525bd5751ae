package dev.atrium.hub.session;

import dev.atrium.api.CloseCode;
import dev.atrium.api.HubFrame;
import dev.atrium.hub.generation.Audience;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** The sockets that are open on this hub, by user. Safe for many threads. */
public final class SessionRegistry implements Audience {

  /** Sockets of one user on one hub. */
  public static final int MOST_PER_USER = 32;

  private final Map<UUID, Set<ClientSocket>> byUser = new ConcurrentHashMap<>();
  private final Map<UUID, ClientSocket> byId = new ConcurrentHashMap<>();

  /** Adds a socket; false if its user has too many already. */
  public boolean add(ClientSocket socket) {
    boolean[] added = new boolean[1];
    byUser.compute(socket.userId(), (_, sockets) -> {
      Set<ClientSocket> all = sockets == null ? ConcurrentHashMap.newKeySet() : sockets;
      added[0] = all.size() < MOST_PER_USER && all.add(socket);
      return all;
    });
    if (added[0]) {
      byId.put(socket.id(), socket);
    }
    return added[0];
  }

  /** Removes a socket; one that is not there is not an error. */
  public void remove(ClientSocket socket) {
    byId.remove(socket.id());
    byUser.computeIfPresent(socket.userId(), (_, sockets) -> {
      sockets.remove(socket);
      return sockets.isEmpty() ? null : sockets;
    });
  }

  /** How many sockets are open. */
  public int size() {
    return byId.size();
  }

  /** Does something with every socket. */
  public void forEach(Consumer<ClientSocket> action) {
    byId.values().forEach(action);
  }

  @Override
  public void tell(UUID userId, HubFrame frame) {
    byUser.getOrDefault(userId, Set.of()).forEach(socket -> socket.send(frame));
  }

  @Override
  public void pass(UUID followerId, HubFrame frame) {
    ClientSocket socket = byId.get(followerId);
    if (socket != null) {
      socket.pass(frame);
    }
  }

  @Override
  public void sendAway() {
    forEach(socket -> socket.outbox().close(CloseCode.HUB_LEAVING));
  }
}
