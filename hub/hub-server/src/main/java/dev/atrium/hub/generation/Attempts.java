package dev.atrium.hub.generation;

import static io.vertx.core.Future.await;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import dev.atrium.api.HubFrame;
import dev.atrium.hub.admission.Taken;
import dev.atrium.hub.budget.Reservation;
import dev.atrium.hub.budget.ReservationRequest;
import dev.atrium.inference.api.GenerateReply;
import dev.atrium.inference.api.GenerateRequest;
import dev.atrium.inference.api.InferenceError;
import dev.atrium.inference.api.Party;
import dev.atrium.inference.api.PromptMessage;
import dev.atrium.inference.api.Sampling;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Begins attempts: finds a place, takes tokens of the rate, reserves the money, stores that the attempt
 * begins (transaction 2), and only then does the node begin. Runs where the {@link Conductor} does.
 */
final class Attempts {

  private static final long DEADLINE_MS = 10 * 60_000L;
  private static final long RETRY_MS = 250;
  /** A node that died may be started again and load its model in this time; its readers are told. */
  private static final long PLACE_PATIENCE_NANOS = 20_000_000_000L;
  /** Whoever has many answers written at once may wait for more than one minute's tokens. */
  private static final long RATE_PATIENCE_NANOS = 180_000_000_000L;
  private static final Logger log = LoggerFactory.getLogger(Attempts.class);

  private final Vertx vertx;
  private final Rooms rooms;
  private final GenerationStore store;
  private final DatabaseWait database;
  private final Placer placer;
  private final String hubId;

  Attempts(Vertx vertx, Rooms rooms, GenerationStore store, DatabaseWait database, String hubId) {
    this.vertx = vertx;
    this.rooms = rooms;
    this.store = store;
    this.database = database;
    this.placer = new Placer(rooms.nodes(), rooms.client());
    this.hubId = hubId;
  }

  /**
   * Begins the next attempt of an answer.
   *
   * @param again whether an attempt was lost before
   * @throws AtriumException if there is no place, no budget or no rate left for it
   */
  GenerationRelay begin(Generation g, boolean again, String locale) {
    History messages = history(g);
    g.history(messages);
    return database.await(g, () -> {
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
          g.answer().state(g.recovering(HubFrame.Cause.NODE_LOST));
        }
        await(vertx.timer(RETRY_MS));
      }
    }
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
      DEADLINE_MS
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

  private History history(Generation g) {
    return database.await(g, () -> {
      List<PromptMessage> published = await(store.systemPrompt(g.id()))
        .map(text -> List.of(new PromptMessage("system", text)))
        .orElse(List.of());
      List<PromptMessage> turns = await(
        rooms.conversations().history(g.requester().userId(), g.saved().userMessageId())
      )
        .stream()
        .map(t -> new PromptMessage(t.role(), PromptText.of(t, g.pseudonyms()::mask)))
        .toList();
      return History.of(published, turns);
    });
  }

  /** Whether nobody could take it now. */
  static boolean isNoPlace(AtriumException e) {
    return e.code() == ErrorCode.NO_NODE || e.code() == ErrorCode.OVERLOADED;
  }

  private static HubFrame trimmed(int turns, String locale) {
    String text = locale.startsWith("zh")
      ? "较早的消息已超出模型的长度上限，本次回答没有参考它们。"
      : "The oldest messages no longer fit the model; this answer did not see them.";
    return new HubFrame.Notice("history_trimmed", Map.of("turns", turns), text);
  }
}
