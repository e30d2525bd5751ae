package dev.atrium.hub.generation;

import static io.vertx.core.Future.await;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import dev.atrium.api.HubFrame;
import dev.atrium.hub.admission.Taken;
import dev.atrium.hub.budget.Reservation;
import dev.atrium.hub.budget.ReservationRequest;
import dev.atrium.hub.budget.Usage;
import dev.atrium.hub.inference.EngineAddress;
import dev.atrium.inference.api.GenerateReply;
import dev.atrium.inference.api.GenerateRequest;
import dev.atrium.inference.api.GenerationEvent;
import dev.atrium.inference.api.InferenceError;
import dev.atrium.inference.api.Party;
import dev.atrium.inference.api.PromptMessage;
import dev.atrium.inference.api.Sampling;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
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

  private static final int MOST_LOSSES = 6;
  private static final long ATTEMPT_DEADLINE_MS = 10 * 60_000L;
  private static final long RETRY_MS = 250;
  /** A node that died may be started again and load its model in this time; its readers are told. */
  private static final long PLACE_PATIENCE_NANOS = 20_000_000_000L;
  /** Whoever has many answers written at once may wait for more than one minute's tokens. */
  private static final long RATE_PATIENCE_NANOS = 180_000_000_000L;
  /** Of an attempt that another hub began it is not known when its tokens were taken. */
  private static final long LONG_AGO = 0;
  private static final Logger log = LoggerFactory.getLogger(Conductor.class);

  private final Vertx vertx;
  private final Rooms rooms;
  private final GenerationStore store;
  private final Conclusion conclusion;
  private final Placer placer;
  private final String hubId;

  Conductor(Vertx vertx, Rooms rooms, GenerationStore store, String hubId) {
    this.vertx = vertx;
    this.rooms = rooms;
    this.store = store;
    this.conclusion = new Conclusion(vertx, rooms, store);
    this.placer = new Placer(rooms.nodes(), rooms.client());
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
      for (int losses = 0; ; ) {
        if (running.isEmpty() && g.stopRequested()) {
          conclusion.conclude(g, new Ending.Well(HubFrame.Reason.STOPPED), used);
          return;
        }
        GenerationRelay relay = running.isPresent() ? running.get() : begin(g, losses > 0, locale);
        AttemptEnd end = await(relay.end());
        if (end instanceof AttemptEnd.HandedOver) {
          return;
        }
        Optional<Ending> ending = ending(g, relay, end, ++losses);
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
      .state(recovering(g, toldAll ? HubFrame.Cause.NODE_LEAVING : HubFrame.Cause.NODE_LOST));
    stubbornly(g, () -> {
      await(g.writer().flush());
      relay.undelivered(g.writer().dropUnshown());
      await(conclusion.endAttempt(g, relay, "lost"));
      return true;
    });
  }

  /** Finds a place, then transaction 2, and only then the node begins. */
  private GenerationRelay begin(Generation g, boolean again, String locale) {
    History messages = history(g);
    g.history(messages);
    return stubbornly(g, () -> {
      Optional<String> lastNode = again
        ? Optional.empty()
        : await(store.lastNode(g.saved().conversationId()));
      boolean first = g.attempts() == 0;
      long deadline = System.nanoTime() + RATE_PATIENCE_NANOS;
      while (true) {
        Placement placed = place(g, messages, lastNode);
        switch (takeTokens(g, placed)) {
          case Taken.Now(long slot) -> {
            if (first && placed.trimmedTurns() > 0) {
              g.answer().tell(trimmed(placed.trimmedTurns(), locale));
            }
            g.placed(placed);
            return begin(g, placed, g.trimmed(messages.all().size()), slot);
          }
          case Taken.Later(Duration after) -> waitForRate(g, after, deadline);
          case Taken.Never(long perMinute) -> throw new AtriumException(
            ErrorCode.TOKEN_RATE_TOO_SMALL,
            Map.of("tokens", tokens(g, placed), "perMinute", perMinute)
          );
        }
      }
    });
  }

  /** Takes the prompt, which counts once, and the first slice from the rate limits. */
  private Taken takeTokens(Generation g, Placement placed) {
    Requester who = g.requester();
    return await(rooms.admission().takeTokens(who.userId(), who.departmentId(), tokens(g, placed)));
  }

  private static int tokens(Generation g, Placement placed) {
    return (g.attempts() == 0 ? placed.promptTokens() : 0) + firstSlice(g, placed);
  }

  private static int firstSlice(Generation g, Placement placed) {
    return Math.min(
      GenerationRelay.SLICE,
      Math.max(0, placed.maxNewTokens() - g.answer().tokenIds().size())
    );
  }

  /** Waits as in a queue, for as long as the rate limit says or until it is worth asking again. */
  private void waitForRate(Generation g, Duration after, long deadline) {
    g.answer().state(new HubFrame.Queued(g.id(), 1, after.toMillis()));
    long until =
      System.nanoTime() + Math.min(after.toNanos(), GenerationRelay.LONGEST_PAUSE.toNanos());
    while (System.nanoTime() - until < 0) {
      await(vertx.timer(RETRY_MS));
      if (g.fenced()) {
        throw new FencedException(g.guard());
      }
      if (g.stopRequested() || g.leaving() || System.nanoTime() - deadline > 0) {
        throw new AtriumException(
          ErrorCode.RATE_LIMITED,
          Map.of("retryAfterSeconds", after.toSeconds())
        );
      }
    }
  }

  private Placement place(Generation g, History messages, Optional<String> lastNode) {
    boolean first = g.attempts() == 0;
    long deadline = System.nanoTime() + PLACE_PATIENCE_NANOS;
    for (boolean told = !first; ; told = true) {
      try {
        return placer.place(
          g.id(),
          g.nextAttempt(),
          g.model(),
          g.messages().orElse(messages.all()),
          messages.published(),
          lastNode,
          g.revision()
        );
      } catch (AtriumException e) {
        if (g.fenced()) {
          throw new FencedException(g.guard());
        }
        // One of this revision that did not take it now, being slow perhaps, is asked again.
        boolean otherRevision =
          e.code() == ErrorCode.NO_NODE &&
          g
            .revision()
            .filter(r -> rooms.nodes().servesOnlyOthers(g.model(), r))
            .isPresent();
        // A prompt that nobody has begun with may be refused by all who are busy, but it was admitted
        // since a node was there: if that was lost, it is waited for as by an answer.
        boolean busy = first && e.code() == ErrorCode.OVERLOADED;
        boolean hopeless =
          !isNoPlace(e) || busy || (!first && otherRevision) || System.nanoTime() - deadline > 0;
        if (hopeless || g.stopRequested() || g.leaving()) {
          throw e;
        }
        if (!told) {
          g.answer().state(recovering(g, HubFrame.Cause.NODE_LOST));
        }
        await(vertx.timer(RETRY_MS));
      }
    }
  }

  private static HubFrame.Recovering recovering(Generation g, HubFrame.Cause cause) {
    return new HubFrame.Recovering(g.id(), g.guard().epoch(), cause);
  }

  private GenerationRelay begin(
    Generation g,
    Placement placed,
    int trimmedMessages,
    long rateSlot
  ) {
    int attempt = g.nextAttempt();
    int base = g.answer().tokenIds().size();
    if (placed.maxNewTokens() <= base) {
      throw new AtriumException(ErrorCode.CONTEXT_FULL);
    }
    GenerationStore.AttemptStart start = new GenerationStore.AttemptStart(
      attempt,
      placed.engine().nodeId(),
      placed.engine().engineId(),
      placed.revision(),
      placed.promptTokens(),
      placed.maxNewTokens(),
      base,
      trimmedMessages,
      g.restart()
    );
    Reservation reservation = reserve(g, placed, start, rateSlot);
    g.begun(attempt);
    GenerationRelay relay = new GenerationRelay(
      rooms,
      g,
      new GenerationRelay.Start(
        attempt,
        placed.engine().address(),
        placed.promptTokens(),
        placed.maxNewTokens(),
        base,
        0,
        0,
        reservation,
        rateSlot
      )
    );
    g.writer().attempt(attempt, 0, relay::durable);
    // Events may overtake the reply to generate, so the relay listens first.
    g.relay(relay);
    generate(g, placed, relay);
    return relay;
  }

  private Reservation reserve(
    Generation g,
    Placement placed,
    GenerationStore.AttemptStart start,
    long rateSlot
  ) {
    Requester who = g.requester();
    ReservationRequest request = new ReservationRequest(
      g.id(),
      start.number(),
      who.userId(),
      who.departmentId(),
      g.model(),
      placed.promptTokens(),
      firstSlice(g, placed)
    );
    // The money first: should this hub die in between, whoever goes on begins the same attempt and is
    // given the same reservation, and if nobody does, the sweeper gives it back.
    return await(
      rooms
        .budget()
        .reserve(request)
        .compose(reservation ->
          rooms
            .db()
            .inTransaction(tx ->
              store
                .startAttempt(tx, g.guard(), start)
                .compose(_ ->
                  rooms.conversations().startAnswer(tx, g.id(), placed.engine().nodeId())
                )
            )
            .map(reservation)
        )
        .onSuccess(reservation ->
          giveBack(who, request.sliceTokens() - reservation.allowedTokens(), rateSlot)
        )
        .onFailure(_ -> giveBack(who, tokens(g, placed), rateSlot))
    );
  }

  private void giveBack(Requester who, int tokens, long rateSlot) {
    rooms.admission().giveBackTokens(who.userId(), who.departmentId(), tokens, rateSlot);
  }

  private void generate(Generation g, Placement placed, GenerationRelay relay) {
    GenerateRequest request = new GenerateRequest(
      g.id().toString(),
      relay.attempt(),
      hubId,
      Optional.of(party(g.requester())),
      Sampling.defaults(g.seed()),
      placed.maxNewTokens(),
      List.of(),
      List.copyOf(g.answer().tokenIds()),
      relay.allowedThrough(),
      ATTEMPT_DEADLINE_MS
    );
    GenerateReply reply = await(rooms.client().generate(placed.engine().address(), request));
    if (reply instanceof GenerateReply.Refused(InferenceError error)) {
      log.warn(
        "generation {}: node {} refused: {}",
        g.id(),
        placed.engine().nodeId(),
        error.code()
      );
      relay.lost();
    } else if (g.stopRequested() || g.leaving()) {
      relay.cancel();
    }
  }

  private static Party party(Requester who) {
    return new Party(who.departmentId().toString(), who.userId().toString());
  }

  /** A step of the conductor's that may be repeated. */
  private interface Step<T> {
    T take();
  }

  /** Repeats a step for as long as the database is away. */
  private <T> T stubbornly(Generation g, Step<T> step) {
    while (true) {
      try {
        return step.take();
      } catch (AtriumException e) {
        if (e.code() != ErrorCode.DATABASE_UNAVAILABLE || g.leaving()) {
          throw e;
        }
        g.answer().stored(false);
        await(vertx.timer(2 * RETRY_MS));
        if (g.fenced()) {
          throw new FencedException(g.guard());
        }
      }
    }
  }

  private History history(Generation g) {
    return stubbornly(g, () -> {
      List<PromptMessage> published = await(store.systemPrompt(g.id()))
        .map(text -> List.of(new PromptMessage("system", text)))
        .orElse(List.of());
      List<PromptMessage> turns = await(
        rooms.conversations().history(g.requester().userId(), g.saved().userMessageId())
      )
        .stream()
        .map(t -> new PromptMessage(t.role(), g.pseudonyms().mask(t.text())))
        .toList();
      return History.of(published, turns);
    });
  }

  /** The end of the whole, or empty if another attempt should go on. */
  private Optional<Ending> ending(Generation g, GenerationRelay relay, AttemptEnd end, int losses) {
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
    boolean wished = stubbornly(g, () -> await(store.stopWished(g.id())));
    return wished
      ? new Ending.Well(HubFrame.Reason.STOPPED)
      : new Ending.Badly(ErrorCode.INTERRUPTED, Map.of());
  }

  private static Optional<Ending> lost(
    Generation g,
    GenerationRelay relay,
    int losses,
    ErrorCode code
  ) {
    if (g.stopRequested()) {
      return Optional.of(new Ending.Well(HubFrame.Reason.STOPPED));
    }
    return losses < MOST_LOSSES && !g.leaving()
      ? Optional.empty()
      : Optional.of(new Ending.Badly(code, Map.of("node", relay.engine().nodeId())));
  }

  private void failed(Generation g, AtriumException e, Usage used) {
    log.info("generation {} failed: {}", g.id(), e.getMessage());
    boolean notBegun = isNoPlace(e) || e.code() == ErrorCode.RATE_LIMITED;
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

  private static boolean isNoPlace(AtriumException e) {
    return e.code() == ErrorCode.NO_NODE || e.code() == ErrorCode.OVERLOADED;
  }

  private static void fenced(Generation g, FencedException e) {
    log.warn("{}", e.getMessage());
    g.fence(e);
  }

  private static AtriumException internal(UUID id, Throwable e) {
    log.error("generation {} failed unexpectedly", id, e);
    return new AtriumException(ErrorCode.INTERNAL, Map.of("reference", id.toString()));
  }

  private static HubFrame trimmed(int turns, String locale) {
    String text = locale.startsWith("zh")
      ? "较早的消息已超出模型的长度上限，本次回答没有参考它们。"
      : "The oldest messages no longer fit the model; this answer did not see them.";
    return new HubFrame.Notice("history_trimmed", Map.of("turns", turns), text);
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
