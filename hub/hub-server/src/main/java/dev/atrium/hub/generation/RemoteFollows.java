package dev.atrium.hub.generation;

import dev.atrium.api.HubFrame;
import dev.atrium.hub.inference.HubLink;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** The sockets here that read answers of other hubs. Confined to the conductor's context. */
final class RemoteFollows {

  private static final int MOST = 100_000;

  private final HubLink hubs;
  private final Map<Key, RemoteFollow> follows = new HashMap<>();

  private record Key(UUID follower, UUID generation) {}

  RemoteFollows(HubLink hubs) {
    this.hubs = hubs;
  }

  /** False if there are too many already. A follow of the same answer by the same socket is replaced. */
  boolean add(RemoteFollow follow) {
    if (follows.size() >= MOST) {
      return false;
    }
    follows.put(key(follow), follow);
    return true;
  }

  void remove(RemoteFollow follow) {
    follows.remove(key(follow), follow);
  }

  Optional<RemoteFollow> find(UUID followerId, UUID generationId) {
    return Optional.ofNullable(follows.get(new Key(followerId, generationId)));
  }

  /** Notes a frame that came for a socket; false if it does not read that answer, or not any more. */
  boolean heard(UUID followerId, HubFrame frame) {
    Optional<UUID> generation = RemoteFollow.generationOf(frame);
    if (generation.isEmpty()) {
      return true;
    }
    RemoteFollow follow = follows.get(new Key(followerId, generation.get()));
    if (follow == null || !follow.heard(frame)) {
      return false;
    }
    if (follow.ended()) {
      remove(follow);
    }
    return true;
  }

  /** Those whose owner is gone, or has said nothing for so long that it is better asked again. */
  List<RemoteFollow> lost(Set<String> livingHubs, long silenceNanos) {
    long now = System.nanoTime();
    return follows
      .values()
      .stream()
      .filter(f -> f.owner().isPresent())
      .filter(f -> !livingHubs.contains(f.owner().get()) || f.silentFor(now, silenceNanos))
      .toList();
  }

  /** Hubs that are gone will not reply. */
  void giveUpAsking(Set<String> livingHubs) {
    List.copyOf(follows.values()).forEach(follow -> follow.giveUpAsking(livingHubs));
  }

  /** A socket has gone: its owners need not send any more. */
  void unfollow(UUID followerId) {
    List<RemoteFollow> gone = follows
      .values()
      .stream()
      .filter(f -> f.follower.id().equals(followerId))
      .toList();
    for (RemoteFollow follow : gone) {
      remove(follow);
      follow.owner().ifPresent(owner -> hubs.unfollow(owner, follow.generationId, followerId));
    }
  }

  private static Key key(RemoteFollow follow) {
    return new Key(follow.follower.id(), follow.generationId);
  }
}
