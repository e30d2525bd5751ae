package dev.atrium.hub.generation;

import dev.atrium.api.HubFrame;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * A socket here that reads an answer of another hub, and how much of it the socket has been sent. So
 * it can be carried to another owner without asking the client. Confined to the conductor's context.
 */
final class RemoteFollow {

  final Follower follower;
  final UUID userId;
  final UUID generationId;
  private Optional<String> asked = Optional.empty();
  private final Promise<Boolean> answered = Promise.promise();
  private Optional<String> owner = Optional.empty();
  private int epoch;
  private int position;
  private long heardNanos = System.nanoTime();
  private boolean begun;
  private boolean ended;

  RemoteFollow(Follower follower, UUID userId, UUID generationId, int epoch, int position) {
    this.follower = follower;
    this.userId = userId;
    this.generationId = generationId;
    this.epoch = epoch;
    this.position = position;
  }

  /** Who sends it; empty until that one has said so. */
  Optional<String> owner() {
    return owner;
  }

  /**
   * A hub was asked to send it.
   *
   * @return its reply, or false as soon as it is known that none will come
   */
  Future<Boolean> asks(String hub, Future<Boolean> reply) {
    asked = Optional.of(hub);
    reply.onSuccess(answered::tryComplete).onFailure(_ -> answered.tryComplete(false));
    return answered.future();
  }

  /** If the hub that was asked is none of these, its reply is not waited for. */
  void giveUpAsking(Set<String> livingHubs) {
    if (asked.isPresent() && !livingHubs.contains(asked.get())) {
      answered.tryComplete(false);
    }
  }

  int epoch() {
    return epoch;
  }

  int position() {
    return position;
  }

  boolean ended() {
    return ended;
  }

  void follows(String hub) {
    owner = Optional.of(hub);
    heardNanos = System.nanoTime();
  }

  boolean silentFor(long nowNanos, long atLeastNanos) {
    return nowNanos - heardNanos > atLeastNanos;
  }

  /**
   * Notes what a frame does to the reader's text. False if it must not be passed on: it belongs to an
   * earlier follow of the same answer, and the answer to this one brings its text again.
   */
  boolean heard(HubFrame frame) {
    heardNanos = System.nanoTime();
    begun |= frame instanceof HubFrame.Resumed;
    boolean moves =
      frame instanceof HubFrame.Delta ||
      frame instanceof HubFrame.Finished ||
      frame instanceof HubFrame.Failed;
    if (moves && !begun) {
      return false;
    }
    switch (frame) {
      case HubFrame.Delta d when d.epoch() >= epoch && d.from() == position -> {
        epoch = d.epoch();
        position += d.text().codePointCount(0, d.text().length());
      }
      case HubFrame.Resumed r when r.epoch() >= epoch -> {
        epoch = r.epoch();
        position = r.position();
      }
      case HubFrame.Finished _, HubFrame.Failed _ -> ended = true;
      default -> {
        // says nothing about the text
      }
    }
    return true;
  }

  /** Whose answer a frame is about, if it is about one. */
  static Optional<UUID> generationOf(HubFrame frame) {
    return Optional.ofNullable(
      switch (frame) {
        case HubFrame.Delta d -> d.generationId();
        case HubFrame.Resumed r -> r.generationId();
        case HubFrame.Started s -> s.generationId();
        case HubFrame.Queued q -> q.generationId();
        case HubFrame.Recovering r -> r.generationId();
        case HubFrame.Storing s -> s.generationId();
        case HubFrame.Finished f -> f.generationId();
        case HubFrame.Failed f -> f.generationId();
        default -> null;
      }
    );
  }
}
