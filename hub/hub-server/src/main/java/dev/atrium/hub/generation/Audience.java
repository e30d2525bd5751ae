package dev.atrium.hub.generation;

import dev.atrium.api.HubFrame;
import java.util.UUID;

/** The sockets of users on this hub, for news that are not part of one answer. */
public interface Audience {
  /** Tells every socket of a user here. */
  void tell(UUID userId, HubFrame frame);

  /** Hands a frame to one follower here; one that has gone is not an error. */
  void pass(UUID followerId, HubFrame frame);

  /** Closes every socket; their readers come back, here or on another hub, and read on. */
  void sendAway();
}
