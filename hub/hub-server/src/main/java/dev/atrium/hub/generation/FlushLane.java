package dev.atrium.hub.generation;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import dev.atrium.hub.conversation.AnswerChunk;
import dev.atrium.hub.conversation.ConversationStore;
import dev.atrium.hub.db.Tx;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.BooleanSupplier;

/**
 * Writes the pieces of all of this hub's answers, many by one statement: each about every 200 ms as
 * long as there are no more than two hundred, and less often the more there are, down to once a second.
 * Nobody waits for it, the node keeps what is not durable yet, and each piece costs the same whatever
 * its length. Of many that are due at once a turn takes a part, so that sealing them never holds up the
 * text of all the others. A piece that can't be written holds up no other. While the database is away,
 * or this hub's lease is in doubt, it tries again. Confined to the conductor's context.
 */
final class FlushLane {

  private static final long PERIOD_MS = 200;
  /** The shortest time between two turns. */
  private static final long STEP_MS = 25;
  private static final long RETRY_MS = 500;
  private static final int MOST_AT_ONCE = 256;
  /** So many are written in one turn, or the part of all that keeps up with the longest period. */
  private static final int A_TURNS_WORK = 25;
  private static final int MOST_TURNS = (int) (1_000 / STEP_MS);

  private final Vertx vertx;
  private final GenerationStore generations;
  private final ConversationStore conversations;
  private final BooleanSupplier mayWrite;
  /** Who has something to write, and since when; who waits longest comes first. */
  private final Map<GenerationWriter, Long> dirty = new LinkedHashMap<>();
  private boolean scheduled;
  private boolean troubled;

  FlushLane(
    Vertx vertx,
    GenerationStore generations,
    ConversationStore conversations,
    BooleanSupplier mayWrite
  ) {
    this.vertx = vertx;
    this.generations = generations;
    this.conversations = conversations;
    this.mayWrite = mayWrite;
  }

  /** This one has something to write. */
  void add(GenerationWriter writer) {
    dirty.putIfAbsent(writer, System.nanoTime());
    schedule();
  }

  /** Writes what these have now; fails if that can't be done now. */
  Future<Void> flush(List<GenerationWriter> writers) {
    return Future.join(writers.stream().map(GenerationWriter::inFlight).toList())
      .transform(_ -> write(writers))
      .compose(_ ->
        // The lane's own turn may have come first: then that is waited for.
        writers.stream().anyMatch(GenerationWriter::busy)
          ? flush(writers)
          : Future.succeededFuture()
      );
  }

  /** Adds a piece in a transaction of somebody else's. */
  Future<Void> append(Tx tx, AnswerChunk chunk) {
    return conversations.appendAnswers(tx, List.of(chunk));
  }

  private void schedule() {
    if (!scheduled && !dirty.isEmpty()) {
      scheduled = true;
      vertx.setTimer(troubled ? RETRY_MS : untilDue(), _ -> turn());
    }
  }

  private long untilDue() {
    long waited = System.nanoTime() - dirty.values().iterator().next();
    return Math.clamp(PERIOD_MS - waited / 1_000_000, STEP_MS, PERIOD_MS);
  }

  private void turn() {
    List<GenerationWriter> now = takeDue();
    // Who is being written at this moment by somebody else's wish comes again.
    now.stream().filter(GenerationWriter::busy).forEach(this::add);
    write(now).onComplete(result -> {
        scheduled = false;
        troubled = result.failed();
        schedule();
      });
  }

  /** Those whose time has come or comes before the next turn; in trouble, all. */
  private List<GenerationWriter> takeDue() {
    long addedBefore = System.nanoTime() - (PERIOD_MS - STEP_MS) * 1_000_000;
    int most = troubled ? dirty.size() : Math.max(A_TURNS_WORK, dirty.size() / MOST_TURNS + 1);
    List<GenerationWriter> due = dirty
      .entrySet()
      .stream()
      .limit(most)
      .filter(waiting -> troubled || waiting.getValue() - addedBefore <= 0)
      .map(Map.Entry::getKey)
      .toList();
    due.forEach(dirty::remove);
    return due;
  }

  /** Not now, and none of those that wait their turn either: all readers are to know at once. */
  private void putOff(Collection<GenerationWriter> writers) {
    writers.forEach(GenerationWriter::putOff);
    dirty
      .keySet()
      .stream()
      .filter(writer -> writer.due().isPresent())
      .toList()
      .forEach(GenerationWriter::putOff);
  }

  private Future<Void> write(Collection<GenerationWriter> writers) {
    Map<GenerationWriter, GenerationWriter.Piece> due = new LinkedHashMap<>();
    writers.forEach(writer -> writer.due().ifPresent(piece -> due.put(writer, piece)));
    if (due.isEmpty()) {
      return Future.succeededFuture();
    }
    if (!mayWrite.getAsBoolean()) {
      putOff(due.keySet());
      return Future.failedFuture(new AtriumException(ErrorCode.DATABASE_UNAVAILABLE));
    }
    List<Future<Void>> batches = new ArrayList<>();
    List<GenerationWriter> all = List.copyOf(due.keySet());
    for (int from = 0; from < all.size(); from += MOST_AT_ONCE) {
      Map<GenerationWriter, GenerationWriter.Piece> batch = new LinkedHashMap<>();
      all
        .subList(from, Math.min(all.size(), from + MOST_AT_ONCE))
        .forEach(writer -> batch.put(writer, due.get(writer)));
      batches.add(batch(batch));
    }
    return Future.join(batches).mapEmpty();
  }

  private Future<Void> batch(Map<GenerationWriter, GenerationWriter.Piece> batch) {
    Future<Void> written = store(List.copyOf(batch.values()))
      .onSuccess(advanced -> batch.forEach((writer, piece) -> tell(writer, piece, advanced)))
      .<Void>mapEmpty()
      .recover(failure -> failed(batch, failure));
    batch.keySet().forEach(writer -> writer.writing(written));
    return written;
  }

  private Future<GenerationStore.Advanced> store(List<GenerationWriter.Piece> pieces) {
    return conversations
      .sealAnswers(pieces.stream().map(GenerationWriter.Piece::chunk).toList())
      .compose(sealed ->
        generations.write(pieces.stream().map(GenerationWriter.Piece::progress).toList(), sealed)
      );
  }

  private static void tell(
    GenerationWriter writer,
    GenerationWriter.Piece piece,
    GenerationStore.Advanced advanced
  ) {
    UUID id = piece.guard().generationId();
    if (advanced.now().contains(id) || advanced.before().contains(id)) {
      writer.written(piece);
    } else {
      writer.refused(new FencedException(piece.guard()));
    }
  }

  private Future<Void> failed(
    Map<GenerationWriter, GenerationWriter.Piece> batch,
    Throwable failure
  ) {
    if (failure instanceof AtriumException e && e.code() == ErrorCode.DATABASE_UNAVAILABLE) {
      batch.forEach(GenerationWriter::unsure);
      putOff(List.of());
      return Future.failedFuture(failure);
    }
    if (batch.size() == 1) {
      batch.keySet().forEach(writer -> writer.refused(failure));
      return Future.failedFuture(failure);
    }
    // One of them is at fault: each by itself, so that the others are written.
    List<Future<Void>> alone = new ArrayList<>();
    batch.forEach((writer, piece) -> alone.add(batch(Map.of(writer, piece))));
    return Future.join(alone).mapEmpty();
  }
}
