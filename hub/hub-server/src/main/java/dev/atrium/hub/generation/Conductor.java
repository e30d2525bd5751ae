package dev.atrium.hub.generation;

import static io.vertx.core.Future.await;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorBody;
import dev.atrium.api.ErrorCode;
import dev.atrium.api.HubFrame;
import dev.atrium.hub.audit.AuditEvent;
import dev.atrium.hub.budget.Reservation;
import dev.atrium.hub.budget.ReservationRequest;
import dev.atrium.hub.budget.Usage;
import dev.atrium.hub.conversation.ConversationDetail.MessageError;
import dev.atrium.hub.conversation.Turn;
import dev.atrium.inference.api.GenerateReply;
import dev.atrium.inference.api.GenerateRequest;
import dev.atrium.inference.api.GenerationEvent;
import dev.atrium.inference.api.InferenceError;
import dev.atrium.inference.api.PromptMessage;
import dev.atrium.inference.api.Sampling;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes one saved prompt to the end of its answer. Runs on a virtual thread of the conductor's
 * context, so that each step reads like a sentence; whatever may have changed is read again after
 * every wait. Whoever calls {@link #conduct} hears of exactly one end through the answer's followers.
 */
final class Conductor {

  private static final int MOST_ATTEMPTS = 4;
  private static final long ATTEMPT_DEADLINE_MS = 10 * 60_000L;
  private static final long RETRY_MS = 500;
  private static final long DATABASE_PATIENCE_NANOS = 30_000_000_000L;
  private static final Logger log = LoggerFactory.getLogger(Conductor.class);

  private final Vertx vertx;
  private final Rooms rooms;
  private final GenerationStore store;
  private final Placer placer;
  private final String hubId;

  Conductor(Vertx vertx, Rooms rooms, GenerationStore store, String hubId) {
    this.vertx = vertx;
    this.rooms = rooms;
    this.store = store;
    this.placer = new Placer(rooms.nodes(), rooms.client());
    this.hubId = hubId;
  }

  /** The way of one answer: place, reserve, generate, and again elsewhere if its node is lost. */
  void conduct(Generation g, String locale) {
    Usage used = Usage.NONE;
    try {
      List<PromptMessage> messages = history(g);
      Optional<String> lastNode = await(store.lastNode(g.saved().conversationId()));
      for (int attempt = 1; ; attempt++) {
        if (g.stopRequested()) {
          finish(g, new Ending.Well(HubFrame.Reason.STOPPED), used);
          return;
        }
        Placement placed = placer.place(
          g.id(),
          attempt,
          g.model(),
          g.messages().orElse(messages),
          lastNode,
          g.revision()
        );
        if (attempt == 1 && placed.trimmedTurns() > 0) {
          g.answer().tell(trimmed(placed.trimmedTurns(), locale));
        }
        g.placed(placed);
        g.writer().attempt(attempt);
        GenerationRelay relay = begin(g, placed, attempt);
        AttemptEnd end = await(relay.end());
        used = sum(used, relay.usage());
        Optional<Ending> ending = ending(g, relay, end, attempt);
        if (ending.isPresent()) {
          finish(g, ending.get(), used);
          relay.acknowledge();
          return;
        }
        log.info("generation {}: attempt {} ended as {}, going on elsewhere", g.id(), attempt, end);
        lastNode = Optional.empty();
        await(g.writer().flush());
        await(endAttempt(g, relay, "lost"));
      }
    } catch (FencedException e) {
      fenced(g, e);
    } catch (AtriumException e) {
      failed(g, e, used);
    } catch (RuntimeException e) {
      failed(g, internal(g.id(), e), used);
    }
  }

  private List<PromptMessage> history(Generation g) {
    List<Turn> turns = await(
      rooms.conversations().history(g.requester().userId(), g.saved().userMessageId())
    );
    return turns
      .stream()
      .map(t -> new PromptMessage(t.role(), t.text()))
      .toList();
  }

  /** Transaction 2, and only then the node begins. */
  private GenerationRelay begin(Generation g, Placement placed, int attempt) {
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
      placed.maxNewTokens()
    );
    ReservationRequest request = new ReservationRequest(
      g.id(),
      attempt,
      g.requester().userId(),
      g.requester().departmentId(),
      g.model(),
      placed.promptTokens(),
      Math.min(GenerationRelay.SLICE, placed.maxNewTokens() - base)
    );
    Reservation reservation = await(
      rooms
        .db()
        .inTransaction(tx ->
          store
            .startAttempt(tx, g.guard(), start)
            .compose(_ -> rooms.conversations().startAnswer(tx, g.id(), placed.engine().nodeId()))
            .compose(_ -> rooms.budget().reserve(tx, request))
        )
    );
    GenerationRelay relay = new GenerationRelay(
      rooms.client(),
      rooms.budget(),
      g,
      placed,
      attempt,
      reservation
    );
    // Events may overtake the reply to generate, so the relay listens first.
    g.relay(relay);
    generate(g, placed, relay);
    return relay;
  }

  private void generate(Generation g, Placement placed, GenerationRelay relay) {
    GenerateRequest request = new GenerateRequest(
      g.id().toString(),
      relay.attempt(),
      hubId,
      Sampling.defaults(g.seed()),
      placed.maxNewTokens(),
      List.of(),
      List.copyOf(g.answer().tokenIds()),
      relay.allowedThrough(),
      ATTEMPT_DEADLINE_MS
    );
    GenerateReply reply = await(rooms.client().generate(placed.engine(), request));
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

  /** The end of the whole, or empty if another attempt should go on. */
  private static Optional<Ending> ending(
    Generation g,
    GenerationRelay relay,
    AttemptEnd end,
    int attempt
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
      case AttemptEnd.Fenced(Throwable cause) -> throw cause instanceof FencedException fenced
        ? fenced
        : internal(g.id(), cause);
      case AttemptEnd.Lost _ -> lost(g, relay, attempt, ErrorCode.NODE_LOST);
      case AttemptEnd.Broken(InferenceError error) -> switch (error.code()) {
        case InferenceError.NODE_LEAVING, InferenceError.LEAVING -> lost(
          g,
          relay,
          attempt,
          ErrorCode.NODE_LEAVING
        );
        case InferenceError.OWNER_LOST, InferenceError.NOT_PREPARED -> lost(
          g,
          relay,
          attempt,
          ErrorCode.NODE_LOST
        );
        default -> Optional.of(new Ending.Badly(ErrorCode.ENGINE_FAILED, Map.of()));
      };
    };
  }

  private static Ending cancelled(Generation g, GenerationRelay relay) {
    if (g.stopRequested()) {
      return new Ending.Well(HubFrame.Reason.STOPPED);
    }
    return relay.budgetRefused()
      ? new Ending.Well(HubFrame.Reason.BUDGET)
      : new Ending.Badly(ErrorCode.INTERRUPTED, Map.of());
  }

  private static Optional<Ending> lost(
    Generation g,
    GenerationRelay relay,
    int attempt,
    ErrorCode code
  ) {
    if (g.stopRequested()) {
      return Optional.of(new Ending.Well(HubFrame.Reason.STOPPED));
    }
    return attempt < MOST_ATTEMPTS && !g.leaving()
      ? Optional.empty()
      : Optional.of(new Ending.Badly(code, Map.of("node", relay.engine().nodeId())));
  }

  /** One transaction for the end: the rest of the text, the rows, the money, the audit. Only then is it told. */
  private void finish(Generation g, Ending ending, Usage used) {
    await(g.writer().close());
    long deadline = System.nanoTime() + DATABASE_PATIENCE_NANOS;
    while (true) {
      try {
        await(rooms.db().inTransaction(tx -> end(tx, g, ending, used)));
        break;
      } catch (AtriumException e) {
        if (e.code() != ErrorCode.DATABASE_UNAVAILABLE || System.nanoTime() > deadline) {
          throw e;
        }
        await(vertx.timer(RETRY_MS));
      }
    }
    tellEnd(g, ending, used);
  }

  private Future<Void> end(dev.atrium.hub.db.Tx tx, Generation g, Ending ending, Usage used) {
    return store
      .finish(tx, g.guard(), ending, used, g.answer().length())
      .compose(first -> first ? endRows(tx, g, ending, used) : Future.succeededFuture());
  }

  private Future<Void> endRows(dev.atrium.hub.db.Tx tx, Generation g, Ending ending, Usage used) {
    Optional<MessageError> error = ending instanceof Ending.Badly(ErrorCode code, var args)
      ? Optional.of(new MessageError(code.code(), args))
      : Optional.empty();
    AuditEvent event = AuditEvent.ok(
      AuditEvent.Actor.user(g.requester().userId(), g.requester().name()),
      "generation.end"
    )
      .target("generation", g.id())
      .result(error.isPresent() ? AuditEvent.Result.FAILED : AuditEvent.Result.OK)
      .correlation(g.id().toString())
      .details(
        Map.of(
          "model",
          g.model(),
          "status",
          ending.status(),
          "promptTokens",
          used.promptTokens(),
          "completionTokens",
          used.completionTokens()
        )
      );
    return g
      .writer()
      .appendRest(tx)
      .compose(_ -> rooms.conversations().finishAnswer(tx, g.id(), ending.message(), error))
      .compose(_ ->
        g
          .relay()
          .map(relay -> endAttempt(tx, g.id(), relay, ending.status()))
          .orElse(Future.succeededFuture())
      )
      .compose(_ -> rooms.audit().append(tx, event));
  }

  private Future<Void> endAttempt(Generation g, GenerationRelay relay, String status) {
    return rooms.db().inTransaction(tx -> endAttempt(tx, g.id(), relay, status));
  }

  private Future<Void> endAttempt(
    dev.atrium.hub.db.Tx tx,
    UUID generationId,
    GenerationRelay relay,
    String status
  ) {
    String attemptStatus = status.equals("interrupted") ? "lost" : status;
    return store
      .endAttempt(tx, generationId, relay.attempt(), attemptStatus, relay.usage())
      .compose(_ -> rooms.budget().settle(tx, generationId, relay.attempt(), relay.usage()));
  }

  private static void tellEnd(Generation g, Ending ending, Usage used) {
    switch (ending) {
      case Ending.Well(HubFrame.Reason reason) -> g
        .answer()
        .tell(
          new HubFrame.Finished(
            g.id(),
            g.guard().epoch(),
            reason,
            g.answer().length(),
            new HubFrame.Usage(used.promptTokens(), used.completionTokens())
          )
        );
      case Ending.Badly(ErrorCode code, var args) -> g.answer().fail(code, args);
    }
  }

  private void failed(Generation g, AtriumException e, Usage used) {
    log.info("generation {} failed: {}", g.id(), e.getMessage());
    // Another attempt was wanted and no node was there for it: to the reader that is an interruption.
    boolean begun = !g.answer().tokenIds().isEmpty();
    boolean noPlace = e.code() == ErrorCode.NO_NODE || e.code() == ErrorCode.OVERLOADED;
    Ending ending = begun && noPlace
      ? new Ending.Badly(ErrorCode.INTERRUPTED, Map.of())
      : new Ending.Badly(e.code(), e.args());
    try {
      g.relay().ifPresent(GenerationRelay::cancel);
      finish(g, ending, used);
    } catch (FencedException fenced) {
      fenced(g, fenced);
    } catch (RuntimeException again) {
      // The row stays as it is; the sweep of orphans ends it once the database is back.
      log.warn("generation {}: its end could not be stored: {}", g.id(), again.toString());
      g.answer().fail(ErrorCode.INTERRUPTED, Map.of());
    }
  }

  private static void fenced(Generation g, FencedException e) {
    log.warn("{}", e.getMessage());
    g.relay().ifPresent(GenerationRelay::cancel);
    g.answer().fail(ErrorCode.INTERRUPTED, Map.of());
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

  /** The prompt is billed and shown once; a later attempt's prefill is our own cost. */
  private static Usage sum(Usage before, Usage more) {
    return new Usage(
      before.promptTokens() > 0 ? before.promptTokens() : more.promptTokens(),
      before.promptTokens() > 0 ? before.cachedTokens() : more.cachedTokens(),
      before.completionTokens() + more.completionTokens()
    );
  }
}
