package dev.atrium.hub.audit;

import dev.atrium.hub.audit.AuditEvent.Actor;
import dev.atrium.hub.audit.AuditEvent.Result;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a flood of refusals from being a flood of records: of one kind (actor, address, action,
 * target, result) the first is written, and a minute later how many followed. Counted in this hub alone; a hub that is
 * killed loses what it has counted, never a first one that was written. At most {@value #MOST} kinds are
 * told apart; past that those of one action are counted together, without actor and address.
 */
final class Refusals {

  static final int MOST = 10_000;

  private static final long WINDOW = TimeUnit.MINUTES.toNanos(1);
  private static final Logger log = LoggerFactory.getLogger(Refusals.class);

  private record Kind(
    Actor actor,
    Optional<String> address,
    String action,
    Result result,
    Optional<AuditEvent.Target> target
  ) {}

  private static final class Window {

    final AuditEvent first;
    final long opened;
    /** The writing of the first: done, failed, or under way. */
    Future<Void> writing = Future.succeededFuture();
    long more;

    Window(AuditEvent first, long opened) {
      this.first = first;
      this.opened = opened;
    }
  }

  private final Function<AuditEvent, Future<Void>> write;
  private final LongSupplier nanoTime;
  private final Map<Kind, Window> windows = new LinkedHashMap<>();
  private boolean failing;

  Refusals(Function<AuditEvent, Future<Void>> write, LongSupplier nanoTime) {
    this.write = write;
    this.nanoTime = nanoTime;
  }

  void add(AuditEvent event) {
    Window window;
    synchronized (this) {
      Kind kind = new Kind(
        event.actor(),
        event.address(),
        event.action(),
        event.result(),
        event.target()
      );
      boolean together = windows.size() >= MOST && !windows.containsKey(kind);
      if (together) {
        kind = new Kind(
          Actor.system(),
          Optional.empty(),
          event.action(),
          event.result(),
          Optional.empty()
        );
      }
      Window open = windows.get(kind);
      if (open != null) {
        open.more++;
        return;
      }
      AuditEvent first = together
        ? AuditEvent.ok(kind.actor(), event.action()).result(event.result())
        : event;
      window = new Window(first, nanoTime.getAsLong());
      windows.put(kind, window);
    }
    Future<Void> writing = write
      .apply(window.first)
      .onSuccess(_ -> works())
      .onFailure(this::failed);
    synchronized (this) {
      window.writing = writing;
    }
  }

  private synchronized void works() {
    failing = false;
  }

  private synchronized void failed(Throwable cause) {
    if (!failing) {
      log.warn("refusals can't be recorded now and are kept: {}", cause.toString());
    }
    failing = true;
  }

  /** Writes what has waited for its minute to end, and tries again what could not be written. */
  Future<Void> tick() {
    return flush(nanoTime.getAsLong() - WINDOW);
  }

  /** Writes everything now. */
  Future<Void> close() {
    return flush(Long.MAX_VALUE);
  }

  private Future<Void> flush(long openedBefore) {
    List<Future<Void>> all = new ArrayList<>();
    for (var entry : snapshot(openedBefore).entrySet()) {
      all.add(finish(entry.getKey(), entry.getValue()));
    }
    return Future.join(all).<Void>mapEmpty().otherwiseEmpty();
  }

  /** Those whose minute is over, taken out. */
  private synchronized Map<Kind, Window> snapshot(long openedBefore) {
    Map<Kind, Window> due = new LinkedHashMap<>();
    windows.forEach((kind, window) -> {
      if (openedBefore == Long.MAX_VALUE || window.opened - openedBefore <= 0) {
        due.put(kind, window);
      }
    });
    windows.keySet().removeAll(due.keySet());
    return due;
  }

  private Future<Void> finish(Kind kind, Window window) {
    return window.writing
      .recover(_ -> window.writing = write.apply(window.first).onSuccess(_ -> works()))
      .compose(_ -> window.more == 0 ? Future.succeededFuture() : write.apply(count(window)))
      .onFailure(e -> {
        failed(e);
        keep(kind, window);
      });
  }

  private AuditEvent count(Window window) {
    long seconds = TimeUnit.NANOSECONDS.toSeconds(nanoTime.getAsLong() - window.opened);
    return window.first.details(Map.of("repeated", window.more, "seconds", seconds));
  }

  /** Could not be written: it waits for the next turn, together with what came meanwhile. */
  private synchronized void keep(Kind kind, Window window) {
    windows.merge(kind, window, (newer, older) -> {
      older.more += newer.more + 1;
      return older;
    });
  }
}
