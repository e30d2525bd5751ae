package dev.atrium.hub.generation;

import static io.vertx.core.Future.await;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorBody;
import dev.atrium.api.ErrorCode;
import dev.atrium.api.HubFrame;
import dev.atrium.hub.conversation.StoredAnswer;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reading on, and stopping, wherever an answer is: in this hub's memory, on the hub that owns it, or
 * in the database once it has ended; and if its hub is lost, wherever it turns up again. Whose it is,
 * is checked every time. Blocks a virtual thread of the conductor's context.
 */
final class Resumption {

  private static final long PAUSE_MS = 200;
  private static final long PATIENCE_NANOS = 25_000_000_000L;
  private static final long SILENCE_NANOS = 6_000_000_000L;
  private static final Logger log = LoggerFactory.getLogger(Resumption.class);

  private final Vertx vertx;
  private final Rooms rooms;
  private final GenerationStore store;
  private final OrphanStore orphans;
  private final Running running;
  private final Ownership ownership;
  private final OwnerWatch watch;
  private final RemoteFollows remote;
  private final String hubId;
  private Context context;

  Resumption(
    Vertx vertx,
    Rooms rooms,
    GenerationStore store,
    OrphanStore orphans,
    Running running,
    Ownership ownership,
    String hubId
  ) {
    this.vertx = vertx;
    this.rooms = rooms;
    this.store = store;
    this.orphans = orphans;
    this.running = running;
    this.ownership = ownership;
    this.watch = new OwnerWatch(vertx, orphans);
    this.remote = new RemoteFollows(rooms.hubs());
    this.hubId = hubId;
  }

  /** Begins to look after the followers of answers elsewhere; on the conductor's context. */
  void start(Context conductors) {
    context = conductors;
    vertx.setPeriodic(1_000, _ -> carryLost());
  }

  private void carryLost() {
    remote.lost(ownership.otherHubs(), SILENCE_NANOS).forEach(this::carry);
  }

  /** Another hub is gone: who reads its answers here, or waits for it, looks elsewhere at once. */
  void hubGone() {
    context.runOnContext(_ -> {
      carryLost();
      remote.giveUpAsking(ownership.otherHubs());
    });
  }

  /** An answer runs here now: who waits for its owner is not left waiting for the next look. */
  void settled(UUID generationId) {
    watch.release(generationId);
  }

  /**
   * Sends what is missing after {@code position} and lets the follower read on.
   *
   * @param epoch under which the follower got what it holds
   * @throws AtriumException {@code not_found} if there is none of this user, {@code interrupted} if
   *     nobody took it over in time
   */
  void resume(UUID userId, UUID generationId, int epoch, int position, Follower follower) {
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    int misses = 0;
    int held = epoch;
    int shown = position;
    while (follower.isOpen()) {
      Optional<Generation> here = running.find(userId, generationId).filter(g -> !g.fenced());
      if (here.isPresent()) {
        here.get().answer().resume(follower, held, shown);
        return;
      }
      boolean late = System.nanoTime() - deadline > 0;
      Optional<GenerationRow> found = find(userId, generationId, late);
      if (found.isPresent() && found.get().ended()) {
        fromDatabase(userId, found.get(), held, shown, follower);
        return;
      }
      Optional<String> owner = found
        .flatMap(GenerationRow::owner)
        .filter(ownership.otherHubs()::contains);
      RemoteFollow follow = new RemoteFollow(follower, userId, generationId, held, shown);
      if (owner.isPresent() && (followThere(follow, owner.get()) || follow.ended())) {
        return;
      }
      // An owner whose answer is lost or late may have sent text, or the end, all the same.
      held = follow.epoch();
      shown = follow.position();
      if (late) {
        throw new AtriumException(ErrorCode.INTERRUPTED);
      }
      // The first miss is most likely an answer that ends at this moment.
      if (found.isPresent() && ++misses == 2) {
        follower.send(
          new HubFrame.Recovering(generationId, found.get().epoch(), HubFrame.Cause.HUB_LOST)
        );
      }
      // Between two owners, or between its end in memory and its end in the row: look again.
      if (!isOrphaned(found)) {
        await(vertx.timer(PAUSE_MS));
      }
      if (isOrphaned(found)) {
        await(watch.settled(generationId));
      }
    }
  }

  private boolean isOrphaned(Optional<GenerationRow> found) {
    return found
      .flatMap(GenerationRow::owner)
      .filter(o -> !o.equals(hubId) && !ownership.otherHubs().contains(o))
      .isPresent();
  }

  private boolean followThere(RemoteFollow follow, String owner) {
    // Frames may overtake the answer, so the follow is known first.
    if (!remote.add(follow)) {
      return false;
    }
    Future<Boolean> reply = rooms
      .hubs()
      .resume(
        owner,
        follow.userId,
        follow.generationId,
        follow.epoch(),
        follow.position(),
        follow.follower.id()
      );
    boolean follows = await(follow.asks(owner, reply));
    if (follows && follow.follower.isOpen()) {
      follow.follows(owner);
    } else {
      remote.remove(follow);
      if (follows) {
        rooms.hubs().unfollow(owner, follow.generationId, follow.follower.id());
      }
    }
    return follows;
  }

  /** Lets a follower read on at the new owner, from where it stands; does not block. */
  void carry(UUID userId, UUID generationId, int epoch, int position, Follower follower) {
    context.runOnContext(_ -> {
      try {
        resume(userId, generationId, epoch, position, follower);
      } catch (AtriumException e) {
        follower.send(
          new HubFrame.Error(
            Optional.of(generationId.toString()),
            ErrorBody.of(e, follower.locale())
          )
        );
      } catch (RuntimeException e) {
        log.error("a reader of {} could not be carried on", generationId, e);
      }
    });
  }

  private void carry(RemoteFollow follow) {
    remote.remove(follow);
    carry(follow.userId, follow.generationId, follow.epoch(), follow.position(), follow.follower);
  }

  /** The owner says that it is not the owner any more. */
  void moved(UUID generationId, UUID followerId) {
    remote.find(followerId, generationId).ifPresent(this::carry);
  }

  /** A frame for a follower here came from the owner; false if it is of no use to it. */
  boolean heard(UUID followerId, HubFrame frame) {
    return remote.heard(followerId, frame);
  }

  /**
   * Stops an answer of this user, wherever it is or will be. The wish is noted first: should the owner
   * die before the end is stored, whoever takes over must not take it for an interruption.
   */
  void stop(UUID userId, UUID generationId) {
    boolean noted = note(userId, generationId);
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    while (System.nanoTime() - deadline < 0) {
      Optional<Generation> here = running.find(userId, generationId).filter(g -> !g.fenced());
      if (here.isPresent()) {
        here.get().stop();
        return;
      }
      Optional<GenerationRow> row = find(userId, generationId, false);
      if (row.isPresent() && row.get().ended()) {
        return;
      }
      Optional<String> owner = row
        .flatMap(GenerationRow::owner)
        .filter(ownership.otherHubs()::contains);
      if (owner.isPresent() && await(rooms.hubs().stop(owner.get(), userId, generationId))) {
        return;
      }
      await(vertx.timer(PAUSE_MS));
      noted = noted || note(userId, generationId);
    }
  }

  private boolean note(UUID userId, UUID generationId) {
    try {
      return await(orphans.requestStop(userId, generationId));
    } catch (AtriumException e) {
      // Without the database the owner is told all the same.
      return false;
    }
  }

  /** A follower of this hub has gone. */
  void unfollow(UUID followerId) {
    remote.unfollow(followerId);
  }

  /**
   * The row of a generation of this user; empty while the database is away.
   *
   * @param impatient true if the absence of the database is an error by now
   */
  private Optional<GenerationRow> find(UUID userId, UUID generationId, boolean impatient) {
    try {
      return Optional.of(
        await(store.find(userId, generationId)).orElseThrow(() ->
          new AtriumException(ErrorCode.NOT_FOUND, Map.of("what", "generation"))
        )
      );
    } catch (AtriumException e) {
      if (e.code() != ErrorCode.DATABASE_UNAVAILABLE || impatient) {
        throw e;
      }
      return Optional.empty();
    }
  }

  private void fromDatabase(
    UUID userId,
    GenerationRow row,
    int epoch,
    int position,
    Follower follower
  ) {
    StoredAnswer stored = await(rooms.conversations().answer(userId, row.id()));
    int length = stored.position();
    int kept = row
      .restart()
      .map(r -> r.kept(epoch, length))
      .orElse(length);
    boolean rewind = position > kept;
    int from = rewind ? kept : position;
    HubFrame.Mode mode = rewind ? HubFrame.Mode.REWIND : HubFrame.Mode.CONTINUE;
    follower.send(new HubFrame.Resumed(row.id(), row.epoch(), mode, from));
    if (from < length) {
      String missing = stored.text().substring(stored.text().offsetByCodePoints(0, from));
      Answer.deltas(row.id(), row.epoch(), from, missing, stored.runs().from(from)).forEach(
        follower::send
      );
    }
    follower.send(end(row, length, follower.locale()));
  }

  private static HubFrame end(GenerationRow row, int length, String locale) {
    if (row.reason().isPresent()) {
      HubFrame.Reason reason = HubFrame.Reason.valueOf(
        row.reason().get().toUpperCase(java.util.Locale.ROOT)
      );
      HubFrame.Usage usage = new HubFrame.Usage(
        row.promptTokens(),
        row.completionTokens(),
        row.prefilledTokens()
      );
      return new HubFrame.Finished(row.id(), row.epoch(), reason, length, usage);
    }
    ErrorCode code = row.errorCode().flatMap(ErrorCode::of).orElse(ErrorCode.INTERRUPTED);
    return new HubFrame.Failed(row.id(), row.epoch(), ErrorBody.of(code, row.errorArgs(), locale));
  }
}
