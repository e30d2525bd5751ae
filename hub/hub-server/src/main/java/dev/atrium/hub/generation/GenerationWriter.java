package dev.atrium.hub.generation;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import dev.atrium.hub.conversation.AnswerChunk;
import dev.atrium.hub.conversation.ConversationStore;
import dev.atrium.hub.db.Db;
import dev.atrium.hub.db.Tx;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes an answer durable while it is written, about every 200 ms, and never holds up who shows it.
 * While the database is away, or this hub's lease is in doubt, it tries again and the readers are told;
 * what waits is bounded by the allowance, which is not raised without the database. Confined to the
 * conductor's context.
 */
final class GenerationWriter {

  private static final long FLUSH_MS = 200;
  private static final long RETRY_MS = 500;
  private static final Logger log = LoggerFactory.getLogger(GenerationWriter.class);

  private final Vertx vertx;
  private final Db db;
  private final GenerationStore generations;
  private final ConversationStore conversations;
  private final Guard guard;
  private final UUID userId;
  private final Answer answer;
  private final BooleanSupplier mayWrite;
  private final Consumer<Throwable> onFenced;
  private LongConsumer onDurable = _ -> {};
  private int attempt = 1;
  private long seq;
  private int durable;
  private int durableChars;
  private int durableIds;
  private boolean scheduled;
  private boolean closed;
  private Future<Void> inFlight = Future.succeededFuture();

  /** What was there to be written when a flush began. */
  private record Piece(int from, int to, int chars, int ids, long seq, AnswerChunk chunk) {}

  GenerationWriter(
    Vertx vertx,
    Db db,
    GenerationStore generations,
    ConversationStore conversations,
    Guard guard,
    UUID userId,
    Answer answer,
    BooleanSupplier mayWrite,
    Consumer<Throwable> onFenced
  ) {
    this.vertx = vertx;
    this.db = db;
    this.generations = generations;
    this.conversations = conversations;
    this.guard = guard;
    this.userId = userId;
    this.answer = answer;
    this.mayWrite = mayWrite;
    this.onFenced = onFenced;
    // What an adopted answer begins with was read from the store.
    this.durable = answer.length();
    this.durableChars = answer.chars();
    this.durableIds = answer.tokenIds().size();
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
    schedule(FLUSH_MS);
  }

  /** Code points that are durable. */
  int durable() {
    return durable;
  }

  /** Writes what is there now; fails if that can't be done now. */
  Future<Void> flush() {
    return inFlight.otherwiseEmpty().compose(_ -> closed ? Future.succeededFuture() : write());
  }

  /** No flush will begin any more; completes when none is under way. */
  Future<Void> close() {
    closed = true;
    return inFlight.otherwiseEmpty();
  }

  /** Writes the rest in the transaction that ends the generation, whose row is guarded there. */
  Future<Void> appendRest(Tx tx) {
    Piece piece = piece();
    return piece.from == piece.to && piece.chunk.tokenIds().isEmpty()
      ? Future.succeededFuture()
      : conversations.appendAnswer(tx, piece.chunk);
  }

  private void schedule(long delayMs) {
    if (!scheduled && !closed) {
      scheduled = true;
      vertx.setTimer(delayMs, _ -> {
        scheduled = false;
        flush().onFailure(this::failed);
      });
    }
  }

  private void failed(Throwable failure) {
    if (failure instanceof AtriumException e && e.code() == ErrorCode.DATABASE_UNAVAILABLE) {
      answer.stored(false);
      schedule(RETRY_MS);
    } else if (!closed) {
      closed = true;
      log.warn(
        "generation {}: nothing more is written: {}",
        guard.generationId(),
        failure.toString()
      );
      onFenced.accept(failure);
    }
  }

  private Future<Void> write() {
    Piece piece = piece();
    if (piece.from == piece.to) {
      return Future.succeededFuture();
    }
    if (!mayWrite.getAsBoolean()) {
      return Future.failedFuture(new AtriumException(ErrorCode.DATABASE_UNAVAILABLE));
    }
    inFlight = db
      .inTransaction(tx ->
        generations
          .progress(tx, guard, piece.from, piece.to, piece.seq)
          .compose(advanced ->
            advanced ? conversations.appendAnswer(tx, piece.chunk) : Future.succeededFuture()
          )
      )
      .onSuccess(_ -> {
        durable = piece.to;
        durableChars = piece.chars;
        durableIds = piece.ids;
        onDurable.accept(piece.seq);
        if (answer.length() > durable) {
          schedule(FLUSH_MS);
        } else {
          answer.stored(true);
        }
      });
    return inFlight;
  }

  private Piece piece() {
    int ids = answer.tokenIds().size();
    AnswerChunk chunk = new AnswerChunk(
      guard.generationId(),
      userId,
      attempt,
      durable,
      answer.textFrom(durableChars),
      List.copyOf(answer.tokenIds().subList(durableIds, ids))
    );
    return new Piece(durable, answer.length(), answer.chars(), ids, seq, chunk);
  }
}
