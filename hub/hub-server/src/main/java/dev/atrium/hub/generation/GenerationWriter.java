package dev.atrium.hub.generation;

import dev.atrium.api.HubFrame.Part;
import dev.atrium.hub.conversation.AnswerChunk;
import dev.atrium.hub.conversation.Runs;
import dev.atrium.hub.db.Tx;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which part of an answer is durable, and which waits for the {@link FlushLane}. It never holds up
 * who shows the text; what waits is bounded by the allowance, which is not raised without the
 * database. Confined to the conductor's context.
 */
final class GenerationWriter {

  private static final Logger log = LoggerFactory.getLogger(GenerationWriter.class);

  private final FlushLane lane;
  private final Guard guard;
  private final UUID userId;
  private final UUID conversationId;
  private final Answer answer;
  private final Consumer<Throwable> onFenced;
  private LongConsumer onDurable = _ -> {};
  private int attempt = 1;
  private long seq;
  private int durable;
  private int durableChars;
  private int durableIds;
  private String durableHeld;
  private Part durablePart;
  private Optional<Piece> unsure = Optional.empty();
  private boolean closed;
  private Future<Void> inFlight = Future.succeededFuture();

  /** What was there to be written when a flush began. */
  record Piece(Guard guard, int from, int to, int chars, int ids, long seq, AnswerChunk chunk) {
    boolean hasText() {
      return to > from;
    }

    GenerationStore.Progress progress() {
      return new GenerationStore.Progress(guard, from, to, seq);
    }
  }

  /** What the answer begins with, if it was adopted, was read from the store. */
  GenerationWriter(
    FlushLane lane,
    Guard guard,
    UUID userId,
    UUID conversationId,
    Answer answer,
    Consumer<Throwable> onFenced
  ) {
    this.lane = lane;
    this.guard = guard;
    this.userId = userId;
    this.conversationId = conversationId;
    this.answer = answer;
    this.onFenced = onFenced;
    this.durable = answer.length();
    this.durableChars = answer.chars();
    this.durableIds = answer.tokenIds().size();
    this.durableHeld = answer.held();
    this.durablePart = answer.runsFrom(answer.length()).part();
  }

  /**
   * The attempt that writes from here on. Everything of the one before must be durable.
   *
   * @param durableSeq the last of its events that is
   * @param durableListener hears of later ones
   */
  void attempt(int number, long durableSeq, LongConsumer durableListener) {
    attempt = number;
    seq = durableSeq;
    onDurable = durableListener;
  }

  /** There is more text, through this event of the attempt: it will be durable soon. */
  void touch(long throughSeq) {
    seq = throughSeq;
    if (!closed) {
      lane.add(this);
    }
  }

  /** Writes what is there now; fails if that can't be done now. */
  Future<Void> flush() {
    return lane.flush(List.of(this));
  }

  /** No flush will begin any more; completes when none is under way. */
  Future<Void> close() {
    closed = true;
    return inFlight.otherwiseEmpty();
  }

  /**
   * Takes back what was neither shown nor stored of an attempt that is over; what was shown is stored.
   *
   * @return how many tokens that is
   */
  int dropUnshown() {
    return answer.backTo(durableIds, durableHeld, durablePart);
  }

  /**
   * Writes the rest in the transaction that ends the generation, whose row is guarded there.
   *
   * @param rest what was held back and is shown once that is committed
   */
  Future<Void> appendRest(Tx tx, String rest) {
    Piece piece = piece(rest, "");
    return !piece.hasText() && piece.chunk.tokenIds().isEmpty()
      ? Future.succeededFuture()
      : lane.append(tx, piece.chunk);
  }

  /** What is to be written, if there is anything and nothing is being written. */
  Optional<Piece> due() {
    if (closed || !inFlight.isComplete()) {
      return Optional.empty();
    }
    return unsure.or(() -> Optional.of(piece("", answer.held())).filter(Piece::hasText));
  }

  /** Whether a transaction that writes for it is under way. */
  boolean busy() {
    return !inFlight.isComplete();
  }

  void writing(Future<Void> transaction) {
    inFlight = transaction;
  }

  Future<Void> inFlight() {
    return inFlight;
  }

  /** The piece is durable. */
  void written(Piece piece) {
    unsure = Optional.empty();
    durable = piece.to;
    durableChars = piece.chars;
    durableIds = piece.ids;
    durableHeld = piece.chunk.held();
    durablePart = piece.chunk.runs().part();
    onDurable.accept(piece.seq);
    if (answer.length() > durable) {
      touch(seq);
    } else {
      answer.stored(true);
    }
  }

  /**
   * It may have been written or not: the same piece is tried again, so that what is known to be durable
   * is what is stored, tokens and what was held back included.
   */
  void unsure(Piece piece) {
    unsure = Optional.of(piece);
    putOff();
  }

  /** Not now: it is tried again, and the readers are told. */
  void putOff() {
    answer.stored(false);
    touch(seq);
  }

  /** Nothing more may be written. */
  void refused(Throwable cause) {
    if (!closed) {
      closed = true;
      log.warn(
        "generation {}: nothing more is written: {}",
        guard.generationId(),
        cause.toString()
      );
      onFenced.accept(cause);
    }
  }

  private Piece piece(String rest, String held) {
    int ids = answer.tokenIds().size();
    Runs runs = answer.runsFrom(durable);
    runs.extend(rest.codePointCount(0, rest.length()));
    AnswerChunk chunk = new AnswerChunk(
      guard.generationId(),
      userId,
      conversationId,
      attempt,
      durable,
      answer.textFrom(durableChars) + rest,
      runs,
      List.copyOf(answer.tokenIds().subList(durableIds, ids)),
      held
    );
    int to = durable + chunk.codePoints();
    return new Piece(guard, durable, to, durableChars + chunk.text().length(), ids, seq, chunk);
  }
}
