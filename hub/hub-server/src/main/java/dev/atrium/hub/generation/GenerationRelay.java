package dev.atrium.hub.generation;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import dev.atrium.api.HubFrame;
import dev.atrium.hub.admission.AdmissionControl;
import dev.atrium.hub.admission.Taken;
import dev.atrium.hub.budget.BudgetLedger;
import dev.atrium.hub.budget.Reservation;
import dev.atrium.hub.inference.EngineAddress;
import dev.atrium.hub.inference.InferenceClient;
import dev.atrium.inference.api.Ack;
import dev.atrium.inference.api.Allow;
import dev.atrium.inference.api.Cancel;
import dev.atrium.inference.api.GenerateReply;
import dev.atrium.inference.api.GenerationEvent;
import dev.atrium.inference.api.InferenceError;
import dev.atrium.inference.api.Replay;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One attempt on one node, seen from its owner: takes the events in their order and no others (a
 * gap is asked for again, never spliced over), shows and stores the text, and raises the allowance
 * at half a slice, so that nothing is decoded that was not reserved. Confined to the conductor's
 * context; {@link #end} completes exactly once.
 */
final class GenerationRelay {

  /** Tokens of the answer that are reserved at a time. */
  static final int SLICE = 256;

  private static final int MOST_EARLY = 4_096;
  private static final long SILENCE_NANOS = 2_000_000_000L;
  private static final long REPLAY_PAUSE_NANOS = 200_000_000L;
  /** How long a node that was told to end an attempt may say nothing. */
  private static final long STOP_PATIENCE_NANOS = 3_000_000_000L;
  /**
   * How long it may take to end it in all. An attempt that is being taken over may be known to its reader
   * further than it is stored: to end it before the node has told the rest would take that back.
   */
  private static final long STOP_AT_MOST_NANOS = 20_000_000_000L;
  private static final long DRY_NANOS = 1_000_000_000L;
  /** A limit may be raised meanwhile. */
  static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
  private static final Logger log = LoggerFactory.getLogger(GenerationRelay.class);

  private static final long ACK_NANOS = 1_000_000_000L;

  private final InferenceClient client;
  private final BudgetLedger budget;
  private final AdmissionControl admission;
  private final Generation generation;
  private final EngineAddress engine;
  private final int attempt;
  private final int base;
  private final int maxNewTokens;
  private final Promise<AttemptEnd> end = Promise.promise();
  private final NavigableMap<Long, GenerationEvent> early = new TreeMap<>();
  private Reservation reservation;
  private long expected;
  private int delivered;
  private int promptTokens;
  private int cachedTokens;
  private OptionalInt prefilledTokens = OptionalInt.empty();
  private long durableSeq;
  private long ackedSeq;
  private Optional<String> takingOver = Optional.empty();
  private boolean toppingUp;
  private long topUpAfterNanos = System.nanoTime();
  private boolean rateUsedUp;
  private boolean standsStill;
  private int lastSlice;
  private long rateSlot;
  private boolean budgetRefused;
  private boolean ended;
  private long heardNanos = System.nanoTime();
  private long allowedNanos = System.nanoTime();
  private long ackedNanos = System.nanoTime();
  private long replayNanos;
  private long cancelNanos;

  /**
   * Where the attempt stands when this relay begins to listen.
   *
   * @param base tokens of the answer that earlier attempts delivered
   * @param delivered tokens that this one delivered, 0 unless it is taken over
   * @param seq the last of its events that is in the answer, 0 unless it is taken over
   * @param reservation for this attempt's own tokens
   * @param rateSlot when the tokens of its slice were taken from the rate limits
   */
  record Start(
    int number,
    EngineAddress engine,
    int promptTokens,
    int maxNewTokens,
    int base,
    int delivered,
    long seq,
    Reservation reservation,
    long rateSlot
  ) {}

  GenerationRelay(Rooms rooms, Generation generation, Start start) {
    this.client = rooms.client();
    this.budget = rooms.budget();
    this.admission = rooms.admission();
    this.generation = generation;
    this.engine = start.engine;
    this.attempt = start.number;
    this.base = start.base;
    this.delivered = start.delivered;
    this.expected = start.seq + 1;
    this.durableSeq = start.seq;
    this.ackedSeq = start.seq;
    this.maxNewTokens = start.maxNewTokens;
    this.promptTokens = start.promptTokens;
    this.reservation = start.reservation;
    this.lastSlice = start.reservation.allowedTokens();
    this.rateSlot = start.rateSlot;
  }

  EngineAddress engine() {
    return engine;
  }

  int attempt() {
    return attempt;
  }

  /** Completes once, when this attempt is over. */
  Future<AttemptEnd> end() {
    return end.future();
  }

  /** Whether it ended because no more could be paid for. */
  boolean budgetRefused() {
    return budgetRefused;
  }

  /** The last token of the whole answer that is paid for. */
  int allowedThrough() {
    return Math.min(maxNewTokens, base + reservation.allowedTokens());
  }

  /** Tokens read, as far as is known, and tokens that this attempt itself delivered. */
  dev.atrium.hub.budget.Usage usage() {
    int cached = Math.min(cachedTokens, promptTokens);
    return new dev.atrium.hub.budget.Usage(
      promptTokens,
      cached,
      // Of an attempt that did not tell of its end, what it had to read at least.
      prefilledTokens.orElse(promptTokens + base - cached),
      delivered
    );
  }

  /** So many of its last tokens were never shown, and are written again by another attempt. */
  void undelivered(int tokens) {
    delivered -= tokens;
  }

  /** Takes an event; a repeated or foreign one has no effect. */
  void on(GenerationEvent event) {
    if (ended || event.attempt() != attempt) {
      return;
    }
    heardNanos = System.nanoTime();
    takingOver = Optional.empty();
    if (event.seq() > expected) {
      if (early.size() < MOST_EARLY) {
        early.put(event.seq(), event);
      }
      askAgain();
      return;
    }
    if (event.seq() == expected) {
      take(event);
      while (!early.isEmpty() && early.firstKey() <= expected) {
        GenerationEvent next = early.pollFirstEntry().getValue();
        if (next.seq() == expected) {
          take(next);
        }
      }
    }
  }

  private void take(GenerationEvent event) {
    expected++;
    switch (event) {
      case GenerationEvent.Queued q -> generation
        .answer()
        .state(new HubFrame.Queued(generation.id(), q.position(), q.waitMs()));
      case GenerationEvent.Started s -> {
        promptTokens = s.promptTokens();
        cachedTokens = s.cachedTokens();
        generation.answer().state(started());
      }
      case GenerationEvent.Delta d -> {
        delivered += d.tokenIds().size();
        generation.answer().append(d.text(), d.tokenIds(), d.parts());
        generation.writer().touch(d.seq());
        topUp();
      }
      case GenerationEvent.ChoiceFinished _ -> {
        // This hub asks for one answer at a time, whose end is the attempt's.
      }
      case GenerationEvent.Finished f -> {
        promptTokens = f.usage().promptTokens();
        cachedTokens = f.usage().cachedTokens();
        prefilledTokens = OptionalInt.of(f.usage().prefilledTokens());
        delivered = Math.max(delivered, f.usage().completionTokens() - base);
        complete(new AttemptEnd.Complete(f.reason(), f.usage()));
      }
      case GenerationEvent.Failed f -> complete(new AttemptEnd.Broken(f.error()));
    }
  }

  private HubFrame.Started started() {
    return new HubFrame.Started(
      generation.id(),
      generation.guard().epoch(),
      generation.model(),
      engine.nodeId()
    );
  }

  /** Asks the node to end the attempt; its last event still comes. */
  void cancel() {
    if (!ended) {
      cancelNanos = cancelNanos == 0 ? System.nanoTime() : cancelNanos;
      client.cancel(engine, new Cancel(generation.id().toString(), attempt));
    }
  }

  /** The node is gone. */
  void lost() {
    complete(new AttemptEnd.Lost());
  }

  /** This hub may not write any more. The attempt itself is another hub's now and goes on. */
  void fenced(Throwable cause) {
    complete(new AttemptEnd.Fenced(cause));
  }

  /** This hub leaves; the attempt goes on for whoever takes it over. */
  void handOver() {
    complete(new AttemptEnd.HandedOver());
  }

  /** Asks the node to speak to this hub from now on, from where the stored answer ends. */
  void takeOver(String hubId) {
    takingOver = Optional.of(hubId);
    askAgain();
  }

  /** What is durable needs not be kept by the node any longer. */
  void durable(long seq) {
    durableSeq = Math.max(durableSeq, seq);
  }

  /** All of it is durable, its end too. */
  void acknowledge() {
    durableSeq = expected - 1;
    sendAck();
  }

  private void sendAck() {
    ackedSeq = durableSeq;
    ackedNanos = System.nanoTime();
    client.ack(engine, new Ack(generation.id().toString(), attempt, durableSeq));
  }

  /** Called about every second: repeats what may have been lost, and notices silence. */
  void tick(long nowNanos) {
    if (ended) {
      return;
    }
    if (nowNanos - allowedNanos > Allow.REPEAT_MS * 1_000_000) {
      sendAllow();
    }
    if (durableSeq > ackedSeq && nowNanos - ackedNanos > ACK_NANOS) {
      sendAck();
    }
    if (isStopOverdue(nowNanos)) {
      complete(new AttemptEnd.Abandoned());
      return;
    }
    if (cancelNanos != 0) {
      cancel();
    }
    long silence = nowNanos - heardNanos;
    if (budgetRefused && silence > DRY_NANOS) {
      cancel();
    } else if (silence > SILENCE_NANOS || takingOver.isPresent()) {
      askAgain();
    }
    topUp();
    tellOfStandingStill();
  }

  private boolean isStopOverdue(long nowNanos) {
    if (cancelNanos == 0) {
      return false;
    }
    long since = nowNanos - cancelNanos;
    boolean silent = Math.min(since, nowNanos - heardNanos) > STOP_PATIENCE_NANOS;
    return (silent && takingOver.isEmpty()) || since > STOP_AT_MOST_NANOS;
  }

  /** Not when the rate is first found used up: until the slice ends, the answer moves. */
  private void tellOfStandingStill() {
    if (rateUsedUp && !standsStill && base + delivered >= allowedThrough()) {
      standsStill = true;
      generation
        .answer()
        .state(
          new HubFrame.Recovering(
            generation.id(),
            generation.guard().epoch(),
            HubFrame.Cause.TOKEN_RATE
          )
        );
    }
  }

  private void goesOn() {
    rateUsedUp = false;
    if (standsStill) {
      standsStill = false;
      generation.answer().state(started());
    }
  }

  private void complete(AttemptEnd how) {
    if (!ended) {
      ended = true;
      if (!(how instanceof AttemptEnd.HandedOver || how instanceof AttemptEnd.Fenced)) {
        giveBackTokens();
      }
      end.complete(how);
    }
  }

  private void askAgain() {
    long now = System.nanoTime();
    if (now - replayNanos < REPLAY_PAUSE_NANOS) {
      return;
    }
    replayNanos = now;
    client
      .replay(engine, new Replay(generation.id().toString(), attempt, expected, takingOver))
      .onSuccess(reply -> {
        if (reply instanceof GenerateReply.Accepted && takingOver.isPresent()) {
          takingOver = Optional.empty();
          heardNanos = System.nanoTime();
          sendAllow();
        } else if (
          reply instanceof GenerateReply.Refused(InferenceError error) &&
          error.code().equals(InferenceError.UNKNOWN_GENERATION)
        ) {
          lost();
        }
      });
  }

  private void topUp() {
    int through = allowedThrough();
    if (
      toppingUp ||
      budgetRefused ||
      ended ||
      through >= maxNewTokens ||
      base + delivered + SLICE / 2 < through ||
      System.nanoTime() - topUpAfterNanos < 0
    ) {
      return;
    }
    toppingUp = true;
    int more = Math.min(SLICE, maxNewTokens - through);
    Requester who = generation.requester();
    admission
      .takeTokens(who.userId(), who.departmentId(), more)
      .compose(taken ->
        switch (taken) {
          case Taken.Now(long slot) -> topUp(more, slot);
          case Taken.Later(Duration after) -> postpone(after);
          // The limit was lowered meanwhile, or is less than a slice.
          case Taken.Never _ -> postpone(LONGEST_PAUSE);
        }
      )
      .onFailure(e -> {
        budgetRefused =
          e instanceof AtriumException refusal && refusal.code() == ErrorCode.BUDGET_EXHAUSTED;
        if (!budgetRefused) {
          log.warn("generation {}: no top-up now: {}", generation.id(), e.toString());
        }
      })
      .onComplete(_ -> toppingUp = false);
  }

  private Future<Void> topUp(int more, long slot) {
    Requester who = generation.requester();
    return budget
      .topUp(reservation, more)
      .onSuccess(topped -> {
        // Where the budget nearly ends, a part of the slice is given.
        lastSlice = topped.allowedTokens() - reservation.allowedTokens();
        rateSlot = slot;
        reservation = topped;
        admission.giveBackTokens(who.userId(), who.departmentId(), more - lastSlice, slot);
        goesOn();
        sendAllow();
      })
      .onFailure(_ -> admission.giveBackTokens(who.userId(), who.departmentId(), more, slot))
      .mapEmpty();
  }

  /** The rate is used up: the answer stands still where its slice ends, and goes on by itself. */
  private Future<Void> postpone(Duration after) {
    Duration pause = after.compareTo(LONGEST_PAUSE) < 0 ? after : LONGEST_PAUSE;
    topUpAfterNanos = System.nanoTime() + pause.toNanos();
    rateUsedUp = true;
    return Future.succeededFuture();
  }

  /** Only of the last slice: what came before it was used. */
  private void giveBackTokens() {
    int unused = Math.min(lastSlice, allowedThrough() - base - delivered);
    Requester who = generation.requester();
    admission.giveBackTokens(who.userId(), who.departmentId(), unused, rateSlot);
  }

  private void sendAllow() {
    if (!ended) {
      allowedNanos = System.nanoTime();
      client.allow(engine, new Allow(generation.id().toString(), attempt, allowedThrough()));
    }
  }
}
