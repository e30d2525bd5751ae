package dev.atrium.hub.generation;

import static io.vertx.core.Future.await;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorBody;
import dev.atrium.api.ErrorCode;
import dev.atrium.api.HubFrame;
import dev.atrium.hub.conversation.StoredAnswer;
import io.vertx.core.Vertx;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Reading on, and stopping, wherever an answer is: in this hub's memory, on the hub that owns it, or
 * in the database once it has ended. Whose it is, is checked every time. Blocks a virtual thread.
 */
final class Resumption {

  private static final int MOST_TRIES = 12;
  private static final long PAUSE_MS = 250;
  private static final int MOST_REMOTE = 100_000;

  private final Vertx vertx;
  private final Rooms rooms;
  private final GenerationStore store;
  private final Running running;
  private final String hubId;

  /** Followers here of answers elsewhere, and the last owner that they follow. */
  private final Map<UUID, Remote> remote = new HashMap<>();

  private record Remote(String hub, UUID generationId) {}

  Resumption(Vertx vertx, Rooms rooms, GenerationStore store, Running running, String hubId) {
    this.vertx = vertx;
    this.rooms = rooms;
    this.store = store;
    this.running = running;
    this.hubId = hubId;
  }

  /**
   * Sends what is missing after {@code position} and lets the follower read on.
   *
   * @throws AtriumException {@code not_found} if there is none of this user
   */
  void resume(UUID userId, UUID generationId, int position, Follower follower) {
    for (int i = 0; i < MOST_TRIES; i++) {
      Optional<Generation> here = running.find(userId, generationId);
      if (here.isPresent()) {
        here.get().answer().resume(follower, position);
        return;
      }
      GenerationRow row = find(userId, generationId);
      if (row.ended()) {
        fromDatabase(userId, row, position, follower);
        return;
      }
      Optional<String> owner = row.owner().filter(o -> !o.equals(hubId));
      if (
        owner.isPresent() &&
        await(rooms.hubs().resume(owner.get(), userId, generationId, position, follower.id()))
      ) {
        if (remote.size() < MOST_REMOTE) {
          remote.put(follower.id(), new Remote(owner.get(), generationId));
        }
        return;
      }
      // Between two owners, or between its end in memory and its end in the row: look again.
      await(vertx.timer(PAUSE_MS));
    }
    throw new AtriumException(ErrorCode.INTERRUPTED);
  }

  /** Stops an answer of this user. */
  void stop(UUID userId, UUID generationId) {
    Optional<Generation> here = running.find(userId, generationId);
    if (here.isPresent()) {
      here.get().stop();
      return;
    }
    GenerationRow row = find(userId, generationId);
    Optional<String> owner = row.owner().filter(o -> !o.equals(hubId));
    if (!row.ended() && owner.isPresent()) {
      await(rooms.hubs().stop(owner.get(), userId, generationId));
    }
  }

  /** A follower of this hub has gone. */
  void unfollow(UUID followerId) {
    Remote gone = remote.remove(followerId);
    if (gone != null) {
      rooms.hubs().unfollow(gone.hub, gone.generationId, followerId);
    }
  }

  private GenerationRow find(UUID userId, UUID generationId) {
    return await(store.find(userId, generationId)).orElseThrow(() ->
      new AtriumException(ErrorCode.NOT_FOUND, Map.of("what", "generation"))
    );
  }

  private void fromDatabase(UUID userId, GenerationRow row, int position, Follower follower) {
    StoredAnswer stored = await(rooms.conversations().answer(userId, row.id()));
    int length = stored.position();
    boolean rewind = position > length;
    int from = rewind ? length : position;
    HubFrame.Mode mode = rewind ? HubFrame.Mode.REWIND : HubFrame.Mode.CONTINUE;
    follower.send(new HubFrame.Resumed(row.id(), row.epoch(), mode, from));
    if (from < length) {
      String missing = stored.text().substring(stored.text().offsetByCodePoints(0, from));
      follower.send(new HubFrame.Delta(row.id(), row.epoch(), 0, from, missing));
    }
    follower.send(end(row, length, follower.locale()));
  }

  private static HubFrame end(GenerationRow row, int length, String locale) {
    if (row.reason().isPresent()) {
      HubFrame.Reason reason = HubFrame.Reason.valueOf(
        row.reason().get().toUpperCase(java.util.Locale.ROOT)
      );
      HubFrame.Usage usage = new HubFrame.Usage(row.promptTokens(), row.completionTokens());
      return new HubFrame.Finished(row.id(), row.epoch(), reason, length, usage);
    }
    ErrorCode code = row.errorCode().flatMap(ErrorCode::of).orElse(ErrorCode.INTERRUPTED);
    return new HubFrame.Failed(row.id(), row.epoch(), ErrorBody.of(code, row.errorArgs(), locale));
  }
}
