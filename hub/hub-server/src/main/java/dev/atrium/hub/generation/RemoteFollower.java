package dev.atrium.hub.generation;

import dev.atrium.api.HubFrame;
import dev.atrium.hub.inference.HubLink;
import java.util.UUID;

/** A socket on another hub, reached over the bus. */
record RemoteFollower(HubLink hubs, String hub, UUID id) implements Follower {
  @Override
  public String locale() {
    // The sentence is made anew from code and arguments by the hub that has the socket.
    return "en";
  }

  @Override
  public boolean isOpen() {
    // Its own hub says when it goes; a hub that dies takes its sockets along.
    return true;
  }

  /** It must look for the new owner. */
  void moved(UUID generationId) {
    hubs.moved(hub, generationId, id);
  }

  @Override
  public void send(HubFrame frame) {
    hubs.pass(hub, id, frame);
  }
}
