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
  public void send(HubFrame frame) {
    hubs.pass(hub, id, frame);
  }
}
