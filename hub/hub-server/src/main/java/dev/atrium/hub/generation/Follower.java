package dev.atrium.hub.generation;

import dev.atrium.api.HubFrame;
import java.util.UUID;

/** Somebody who reads along: a socket, or another hub on behalf of one. */
public interface Follower {
  /** Unique among all followers of all hubs. */
  UUID id();

  /** The language for errors and notices, "zh" or "en". */
  String locale();

  /** False once it has gone: nothing needs to be kept for it any more. */
  boolean isOpen();

  /** Hands a frame over in order and without waiting; a slow reader is the follower's own problem. */
  void send(HubFrame frame);
}
