package dev.atrium.hub.session;

import dev.atrium.api.ErrorBody;
import dev.atrium.api.ErrorCode;
import dev.atrium.api.HubFrame;
import dev.atrium.hub.generation.Follower;
import java.util.UUID;

/** One connected client of a user. */
public final class ClientSocket implements Follower {

  private final UUID id = UUID.randomUUID();
  private final UUID userId;
  private final String locale;
  private final Outbox outbox;

  public ClientSocket(UUID userId, String locale, Outbox outbox) {
    this.userId = userId;
    this.locale = locale;
    this.outbox = outbox;
  }

  @Override
  public UUID id() {
    return id;
  }

  /** Whose it is. */
  public UUID userId() {
    return userId;
  }

  @Override
  public String locale() {
    return locale;
  }

  @Override
  public boolean isOpen() {
    return !outbox.isClosed();
  }

  @Override
  public void send(HubFrame frame) {
    outbox.offer(frame.encode());
  }

  /** Sends a frame that another hub made, with its error in this reader's language. */
  void pass(HubFrame frame) {
    send(
      switch (frame) {
        case HubFrame.Failed(var generation, var epoch, ErrorBody error) -> new HubFrame.Failed(
          generation,
          epoch,
          ErrorCode.of(error.code())
            .map(code -> ErrorBody.of(code, error.args(), locale))
            .orElse(error)
        );
        default -> frame;
      }
    );
  }

  /** What waits to be written. */
  public Outbox outbox() {
    return outbox;
  }
}
