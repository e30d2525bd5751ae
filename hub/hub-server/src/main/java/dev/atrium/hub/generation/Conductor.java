package dev.atrium.hub.generation;

import static io.vertx.core.Future.await;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import dev.atrium.api.HubFrame;
import dev.atrium.hub.budget.Reservation;
import dev.atrium.hub.budget.Usage;
import dev.atrium.hub.inference.EngineAddress;
import dev.atrium.inference.api.GenerationEvent;
import dev.atrium.inference.api.InferenceError;
import io.vertx.core.Vertx;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes one saved prompt to the end of its answer. Runs on a virtual thread of the conductor's
 * context, so that each step reads like a sentence; whatever may have changed is read again after
 * every wait. Its readers hear of exactly one end, unless another hub takes the answer over: then
 * they hear it from there.
 */
final class Conductor {

  private static final long RETRY_MS = 250;
  /** Of an attempt that another hub began it is not known when its tokens were taken. */
  private static final long LONG_AGO = 0;
  private static final Logger log = LoggerFactory.getLogger(Conductor.class);

  private final Vertx vertx;
  private final Rooms rooms;
  private final GenerationStore store;
  private final Conclusion conclusion;
  private final DatabaseWait database;
  private final Attempts attempts;
  private final String hubId;

  Conductor(Vertx vertx, Rooms rooms, GenerationStore store, String hubId) {
    this.vertx = vertx;
    this.rooms = rooms;
    this.store = store;
    this.conclusion = new Conclusion(vertx, rooms, store);
    this.database = new DatabaseWait(vertx);
    this.attempts = new Attempts(vertx, rooms, store, database, hubId);
    this.hubId = hubId;
  }

  /** The way of one answer: place, reserve, generate, and again elsewhere if its node is lost. */
  void conduct(Generation g, String locale) {
    carry(g, Usage.NONE, Optional.empty(), locale);
  }

  /** The same from the middle: the node is asked for what this hub has not heard yet. */
  void adopt(Generation g, Orphan orphan) {
    Optional<GenerationRelay> running = orphan.running().map(attempt -> takeOver(g, attempt));
    if (running.isEmpty()) {
      g.answer().settle();
    }
    carry(g, orphan.usedBefore(), running, "en");
  }

  private GenerationRelay takeOver(Generation g, Orphan.Attempt a) {
    EngineAddress engine = new EngineAddress(a.nodeId(), a.engineId());
    GenerationRelay.Start start = new GenerationRelay.Start(
      a.number(),
      engine,
      a.promptTokens(),
      a.maxNewTokens(),
      a.fromToken(),
      g.answer().tokenIds().size() - a.fromToken(),
      a.seq(),
      new Reservation(g.id(), a.number(), a.allowedTokens(), a.reservedMicros()),
      LONG_AGO
    );
    GenerationRelay relay = new GenerationRelay(rooms, g, start);
    g.writer().attempt(a.number(), a.seq(), relay::durable);
    g.relay(relay);
    while (!rooms.nodes().isHeard(engine) && rooms.nodes().listensSinceShortly()) {
      await(vertx.timer(RETRY_MS));
    }
    if (!rooms.nodes().isHeard(engine)) {
      relay.lost();
    } else {
      relay.takeOver(hubId);
    }
    if (g.stopRequested()) {
      relay.cancel();
    }
    return relay;
  }

  private void carry(
    Generation g,
    Usage usedBefore,
    Optional<GenerationRelay> takenOver,
    String locale
  ) {
    Usage used = usedBefore;
    try {
      Optional<GenerationRelay> running = takenOver;
      Losses losses = new Losses();
      while (true) {
        if (running.isEmpty() && g.stopRequested()) {
          conclusion.conclude(g, new Ending.Well(HubFrame.Reason.STOPPED), used);
          return;
        }
        GenerationRelay relay = running.isPresent()
          ? running.get()
          : attempts.begin(g, losses.any(), locale);
        AttemptEnd end = await(relay.end());
        if (end instanceof AttemptEnd.HandedOver) {
          return;
        }
        Optional<Ending> ending = ending(g, relay, end, losses);
        if (ending.isPresent()) {
          used = sum(used, relay.usage());
          conclusion.conclude(g, ending.get(), used);
          relay.acknowledge();
          return;
        }
        log.info("generation {}: attempt {} ended as {}", g.id(), relay.attempt(), end);
        recover(g, relay, end, running.isPresent());
        used = sum(used, relay.usage());
        running = Optional.empty();
      }
    } catch (FencedException e) {
      fenced(g, e);
    } catch (AtriumException e) {
      failed(g, e, used);
    } catch (RuntimeException e) {
      failed(g, internal(g.id(), e), used);
    }
  }

  /** Stores what was shown before anybody goes on from there; what was not is written again. */
  private void recover(Generation g, GenerationRelay relay, AttemptEnd end, boolean takenOver) {
    // A node that tells how an attempt ended has told all of its text before, to this hub too.
    boolean toldAll = end instanceof AttemptEnd.Broken;
    if (takenOver && !toldAll) {
      g.restarted(g.answer().restart());
    }
    g.answer().settle();
    g
      .answer()
      .state(g.recovering(toldAll ? HubFrame.Cause.NODE_LEAVING : HubFrame.Cause.NODE_LOST));
    database.await(g, () -> {
      await(g.writer().flush());
      relay.undelivered(g.writer().dropUnshown());
      await(conclusion.endAttempt(g, relay, "lost"));
      return true;
    });
  }

  /** The end of the whole, or empty if another attempt should go on. */
  private Optional<Ending> ending(
    Generation g,
    GenerationRelay relay,
    AttemptEnd end,
    Losses losses
  ) {
    return switch (end) {
      case AttemptEnd.Complete(GenerationEvent.Reason reason, _) -> Optional.of(
        switch (reason) {
          case STOP -> new Ending.Well(HubFrame.Reason.DONE);
          case LENGTH, DEADLINE -> new Ending.Well(HubFrame.Reason.LENGTH);
          case CANCELLED -> cancelled(g, relay);
        }
      );
      case AttemptEnd.Abandoned _ -> Optional.of(cancelled(g, relay));
      case AttemptEnd.HandedOver _ -> throw new IllegalStateException("another hub's by now");
      case AttemptEnd.Fenced(Throwable cause) -> throw cause instanceof FencedException fenced
        ? fenced
        : internal(g.id(), cause);
      case AttemptEnd.Lost _ -> lost(g, relay, losses, ErrorCode.NODE_LOST);
      case AttemptEnd.Broken(InferenceError error) -> switch (error.code()) {
        case InferenceError.NODE_LEAVING, InferenceError.LEAVING -> lost(
          g,
          relay,
          losses,
          ErrorCode.NODE_LEAVING
        );
        case InferenceError.OWNER_LOST, InferenceError.NOT_PREPARED -> lost(
          g,
          relay,
          losses,
          ErrorCode.NODE_LOST
        );
        default -> Optional.of(new Ending.Badly(ErrorCode.ENGINE_FAILED, Map.of()));
      };
    };
  }

  private Ending cancelled(Generation g, GenerationRelay relay) {
    if (g.stopRequested()) {
      return new Ending.Well(HubFrame.Reason.STOPPED);
    }
    if (relay.budgetRefused()) {
      return new Ending.Well(HubFrame.Reason.BUDGET);
    }
    // The owner before may have been told to stop it, and have told the node, while this hub took over.
    boolean wished = database.await(g, () -> await(store.stopWished(g.id())));
    return wished
      ? new Ending.Well(HubFrame.Reason.STOPPED)
      : new Ending.Badly(ErrorCode.INTERRUPTED, Map.of());
  }

  private static Optional<Ending> lost(
    Generation g,
    GenerationRelay relay,
    Losses losses,
    ErrorCode code
  ) {
    if (g.stopRequested()) {
      return Optional.of(new Ending.Well(HubFrame.Reason.STOPPED));
    }
    losses.add(relay.usage().completionTokens());
    return !losses.tooMany() && !g.leaving()
      ? Optional.empty()
      : Optional.of(new Ending.Badly(code, Map.of("node", relay.engine().nodeId())));
  }

  private void failed(Generation g, AtriumException e, Usage used) {
    log.info("generation {} failed: {}", g.id(), e.getMessage());
    boolean notBegun = Attempts.isNoPlace(e) || e.code() == ErrorCode.RATE_LIMITED;
    boolean spent = e.code() == ErrorCode.BUDGET_EXHAUSTED && !g.answer().tokenIds().isEmpty();
    Ending ending = notBegun
      ? nowhere(g, e)
      : spent // By a later attempt's first slice, as by a top-up.
        ? new Ending.Well(HubFrame.Reason.BUDGET)
        : new Ending.Badly(e.code(), e.args());
    try {
      g.relay().ifPresent(GenerationRelay::cancel);
      conclusion.conclude(g, ending, used);
    } catch (FencedException fenced) {
      fenced(g, fenced);
    } catch (RuntimeException again) {
      // The row stays as it is; whoever finds it without an owner goes on with it.
      log.warn("generation {}: its end could not be stored: {}", g.id(), again.toString());
    }
  }

  /** An attempt was wanted and there was no node or no rate left for it. */
  private static Ending nowhere(Generation g, AtriumException e) {
    if (g.stopRequested()) {
      return new Ending.Well(HubFrame.Reason.STOPPED);
    }
    // To whoever has read some of it that is an interruption.
    return g.answer().tokenIds().isEmpty()
      ? new Ending.Badly(e.code(), e.args())
      : new Ending.Badly(ErrorCode.INTERRUPTED, Map.of());
  }

  private static void fenced(Generation g, FencedException e) {
    log.warn("{}", e.getMessage());
    g.fence(e);
  }

  private static AtriumException internal(UUID id, Throwable e) {
    log.error("generation {} failed unexpectedly", id, e);
    return new AtriumException(ErrorCode.INTERNAL, Map.of("reference", id.toString()));
  }

  /** The prompt is billed and shown once; what a later attempt reads is our own cost. */
  private static Usage sum(Usage before, Usage more) {
    return new Usage(
      before.promptTokens() > 0 ? before.promptTokens() : more.promptTokens(),
      before.promptTokens() > 0 ? before.cachedTokens() : more.cachedTokens(),
      before.prefilledTokens() + more.prefilledTokens(),
      before.completionTokens() + more.completionTokens()
    );
  }
}
