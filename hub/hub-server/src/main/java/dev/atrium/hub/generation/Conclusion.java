package dev.atrium.hub.generation;

import static io.vertx.core.Future.await;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import dev.atrium.api.HubFrame;
import dev.atrium.hub.audit.AuditEvent;
import dev.atrium.hub.budget.Usage;
import dev.atrium.hub.conversation.ConversationDetail.MessageError;
import dev.atrium.hub.db.Tx;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The end of a generation: one transaction with the rest of the text, the rows, what was used and the
 * audit record; then the money is settled. Only then is it told. While the database is away it waits, for as long as this hub
 * stays: nobody hears of an end that is not stored.
 */
final class Conclusion {

  private static final long RETRY_MS = 500;
  private static final Logger log = LoggerFactory.getLogger(Conclusion.class);

  private final Vertx vertx;
  private final Rooms rooms;
  private final GenerationStore store;

  Conclusion(Vertx vertx, Rooms rooms, GenerationStore store) {
    this.vertx = vertx;
    this.rooms = rooms;
    this.store = store;
  }

  /**
   * Stores the end and tells it; blocks a virtual thread. What was held back is the last of the text: it
   * is shown when it is stored, since until then another hub may own the answer and go on with it.
   *
   * @param used by all attempts together
   * @throws FencedException if another hub owns it by now
   * @throws AtriumException if the database stays away and this hub can't wait any longer
   */
  void conclude(Generation g, Ending ending, Usage used) {
    await(g.writer().close());
    String rest = g.answer().rest();
    while (true) {
      try {
        await(rooms.db().inTransaction(tx -> end(tx, g, ending, used, rest)));
        break;
      } catch (AtriumException e) {
        if (e.code() != ErrorCode.DATABASE_UNAVAILABLE || g.leaving()) {
          throw e;
        }
        g.answer().stored(false);
        await(vertx.timer(RETRY_MS));
        if (g.fenced()) {
          throw new FencedException(g.guard());
        }
      }
    }
    // Whoever doubts its lease meanwhile finds no running row, which looks like another hub's.
    g.concluded();
    g.answer().end(rest);
    g.answer().settle();
    g.answer().stored(true);
    g.relay().ifPresent(relay -> await(settle(g.id(), relay)));
    tell(g, ending, used);
  }

  private Future<Void> end(Tx tx, Generation g, Ending ending, Usage used, String rest) {
    int length = g.answer().length() + rest.codePointCount(0, rest.length());
    return store
      .finish(tx, g.guard(), ending, used, length)
      .compose(first -> first ? endRows(tx, g, ending, used, rest) : Future.succeededFuture());
  }

  private Future<Void> endRows(Tx tx, Generation g, Ending ending, Usage used, String rest) {
    Optional<MessageError> error = ending instanceof Ending.Badly(ErrorCode code, var args)
      ? Optional.of(new MessageError(code.code(), args))
      : Optional.empty();
    return g
      .writer()
      .appendRest(tx, rest)
      .compose(_ -> rooms.conversations().finishAnswer(tx, g.id(), ending.message(), error))
      .compose(_ ->
        g
          .relay()
          .map(relay -> storeAttempt(tx, g.id(), relay, ending.status()))
          .orElse(Future.succeededFuture())
      )
      .compose(_ -> rooms.audit().append(tx, record(g, ending, used)));
  }

  private static AuditEvent record(Generation g, Ending ending, Usage used) {
    String reason = switch (ending) {
      case Ending.Well(HubFrame.Reason well) when (
        well == HubFrame.Reason.STOPPED && g.userDisabled()
      ) -> "user_disabled";
      case Ending.Well(HubFrame.Reason well) -> well.name().toLowerCase(Locale.ROOT);
      case Ending.Badly(ErrorCode code, var _) -> code.code();
    };
    return AuditEvent.ok(
      AuditEvent.Actor.user(g.requester().userId(), g.requester().name()),
      "generation.end"
    )
      .target("generation", g.id())
      .result(result(ending))
      .correlation(g.id().toString())
      .details(
        Map.of(
          "model",
          g.model(),
          "status",
          ending.status(),
          "reason",
          reason,
          "promptTokens",
          used.promptTokens(),
          "prefilledTokens",
          used.prefilledTokens(),
          "completionTokens",
          used.completionTokens()
        )
      );
  }

  private static AuditEvent.Result result(Ending ending) {
    return switch (ending) {
      case Ending.Well _ -> AuditEvent.Result.OK;
      case Ending.Badly(ErrorCode code, var _) -> switch (code) {
        case BUDGET_EXHAUSTED, NO_PRICE -> AuditEvent.Result.REFUSED;
        default -> AuditEvent.Result.FAILED;
      };
    };
  }

  /** Ends one attempt of a generation that goes on, with what it used by itself. */
  Future<Void> endAttempt(Generation g, GenerationRelay relay, String status) {
    return rooms
      .db()
      .inTransaction(tx ->
        store.hold(tx, g.guard()).compose(_ -> storeAttempt(tx, g.id(), relay, status))
      )
      .compose(_ -> settle(g.id(), relay));
  }

  private Future<Void> storeAttempt(
    Tx tx,
    UUID generationId,
    GenerationRelay relay,
    String status
  ) {
    String attemptStatus = status.equals("interrupted") ? "lost" : status;
    return store.endAttempt(tx, generationId, relay.attempt(), attemptStatus, relay.usage());
  }

  /**
   * Only after what it used is stored. If it can't be done now the sweeper does it, from the stored row
   * and to the same result, so nobody waits for it.
   */
  private Future<Void> settle(UUID generationId, GenerationRelay relay) {
    return rooms
      .budget()
      .settle(generationId, relay.attempt(), relay.usage())
      .otherwise(e -> {
        log.warn("generation {}: left to the sweeper to settle: {}", generationId, e.toString());
        return null;
      });
  }

  private static void tell(Generation g, Ending ending, Usage used) {
    switch (ending) {
      case Ending.Well(HubFrame.Reason reason) -> g
        .answer()
        .tell(
          new HubFrame.Finished(
            g.id(),
            g.guard().epoch(),
            reason,
            g.answer().length(),
            new HubFrame.Usage(used.promptTokens(), used.completionTokens(), used.prefilledTokens())
          )
        );
      case Ending.Badly(ErrorCode code, var args) -> g.answer().fail(code, args);
    }
  }
}
