package dev.atrium.hub.budget;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one way of this hub to a function that takes many items at once: what arrives while a call is under
 * way waits and goes with the next, up to {@link #MOST} items, or some time after the first of them
 * arrived. All hubs meet on the organisation's balance, so few calls with many items beat many calls with
 * one. A full batch does not wait for the call under way, so that the database has the next before it is
 * done with the one. Items of one generation never go together, and go in their order: the next when the
 * verdict of the one before is known. Safe for many threads.
 *
 * <p>If a call with several items fails for a reason of its own (not for want of the database), each of
 * them goes again alone, so that one bad item harms no other.
 */
final class LedgerLane<I extends LedgerItem, V> {

  static final int MOST = 16;
  static final int MOST_CALLS = 2;
  /** Far more than a second's work; beyond it the database is as good as away. */
  static final int MOST_WAITING = 4_096;

  private static final Logger log = LoggerFactory.getLogger(LedgerLane.class);

  private final Vertx vertx;
  private final long gatherNanos;
  private final Function<List<I>, Future<List<V>>> call;
  private final Deque<Waiting<I, V>> waiting = new ArrayDeque<>();
  private final Set<UUID> underWay = new HashSet<>();
  private int calls;
  private boolean timing;

  private record Waiting<I, V>(I item, Promise<V> verdict, long sinceNanos) {}

  /**
   * @param gather how long the first of a batch waits for others where no call is under way
   * @param call answers with a verdict for each item, in their order
   */
  LedgerLane(Vertx vertx, Duration gather, Function<List<I>, Future<List<V>>> call) {
    this.vertx = vertx;
    this.gatherNanos = gather.toNanos();
    this.call = call;
  }

  /** Fails with {@code DATABASE_UNAVAILABLE} if too many wait, or as the call failed. */
  Future<V> submit(I item) {
    Promise<V> verdict = Promise.promise();
    synchronized (this) {
      if (waiting.size() >= MOST_WAITING) {
        return Future.failedFuture(new AtriumException(ErrorCode.DATABASE_UNAVAILABLE));
      }
      waiting.add(new Waiting<>(item, verdict, System.nanoTime()));
    }
    go();
    return verdict.future();
  }

  /** Sends a batch if one is due and may go; else sees to it that it is sent when due. */
  private void go() {
    List<Waiting<I, V>> batch;
    synchronized (this) {
      if (calls == MOST_CALLS || waiting.isEmpty()) {
        return;
      }
      batch = next();
      if (batch.isEmpty() || (calls > 0 && batch.size() < MOST)) {
        return;
      }
      long age = System.nanoTime() - batch.getFirst().sinceNanos();
      if (batch.size() < MOST && age < gatherNanos) {
        if (!timing) {
          timing = true;
          vertx.setTimer(Math.max(1, (gatherNanos - age + 999_999) / 1_000_000), _ -> timeout());
        }
        return;
      }
      take(batch);
      calls++;
    }
    send(batch);
  }

  private void timeout() {
    synchronized (this) {
      timing = false;
    }
    go();
  }

  /** The first of each generation of which none is under way. */
  private List<Waiting<I, V>> next() {
    List<Waiting<I, V>> batch = new ArrayList<>(MOST);
    Set<UUID> generations = new HashSet<>(underWay);
    Iterator<Waiting<I, V>> all = waiting.iterator();
    while (all.hasNext() && batch.size() < MOST) {
      Waiting<I, V> next = all.next();
      if (generations.add(next.item().generationId())) {
        batch.add(next);
      }
    }
    return batch;
  }

  private void take(List<Waiting<I, V>> batch) {
    int taken = 0;
    Iterator<Waiting<I, V>> all = waiting.iterator();
    while (taken < batch.size()) {
      if (all.next() == batch.get(taken)) {
        all.remove();
        taken++;
      }
    }
    batch.forEach(one -> underWay.add(one.item().generationId()));
  }

  private void send(List<Waiting<I, V>> batch) {
    called(batch)
      .recover(e -> batch.size() > 1 && !isUnavailable(e) ? oneByOne(batch, e) : failed(batch, e))
      .onComplete(_ -> {
        synchronized (this) {
          calls--;
          batch.forEach(one -> underWay.remove(one.item().generationId()));
        }
        go();
      });
  }

  private Future<Void> called(List<Waiting<I, V>> batch) {
    return Future.succeededFuture(batch.stream().map(Waiting::item).toList())
      .compose(call)
      .map(verdicts -> {
        for (int i = 0; i < batch.size(); i++) {
          batch.get(i).verdict().complete(verdicts.get(i));
        }
        return null;
      });
  }

  private Future<Void> oneByOne(List<Waiting<I, V>> batch, Throwable e) {
    log.warn(
      "a batch of {} for the ledger failed, each goes alone: {}",
      batch.size(),
      e.toString()
    );
    Future<Void> done = Future.succeededFuture();
    for (Waiting<I, V> one : batch) {
      List<Waiting<I, V>> alone = List.of(one);
      done = done.compose(_ -> called(alone).recover(own -> failed(alone, own)));
    }
    return done;
  }

  private Future<Void> failed(List<Waiting<I, V>> batch, Throwable e) {
    batch.forEach(w -> w.verdict().fail(e));
    return Future.succeededFuture();
  }

  private static boolean isUnavailable(Throwable e) {
    return e instanceof AtriumException known && known.code() == ErrorCode.DATABASE_UNAVAILABLE;
  }
}
