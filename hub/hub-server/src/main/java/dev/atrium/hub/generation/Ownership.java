package dev.atrium.hub.generation;

import static io.vertx.core.Future.await;

import dev.atrium.api.ErrorCode;
import dev.atrium.hub.audit.AuditEvent;
import dev.atrium.hub.budget.Usage;
import dev.atrium.hub.conversation.ConversationDetail.MessageError;
import dev.atrium.hub.conversation.StoredAnswer;
import dev.atrium.hub.db.Tx;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This hub's lease, and what dead hubs left behind. The lease is renewed every second and expires
 * after four by the database's clock. Answers without a living owner are ended as interrupted, with
 * what was shown stored and paid for, so that nothing stays running for ever.
 */
final class Ownership {

  private static final long RENEW_MS = 1_000;
  private static final long SWEEP_MS = 2_000;
  private static final long SWEEP_JITTER_MS = 1_000;
  private static final int SWEEP_LIMIT = 20;
  /** After an outage of the database all hubs renew first, and only then look for the dead. */
  private static final long SETTLED_NANOS = 5_000_000_000L;
  private static final Logger log = LoggerFactory.getLogger(Ownership.class);

  private final Vertx vertx;
  private final Rooms rooms;
  private final GenerationStore store;
  private final Running running;
  private final String hubId;
  private final String url;
  private volatile List<String> otherHubs = List.of();
  private long settledSince;
  private boolean renewing;
  private boolean stopped;

  Ownership(
    Vertx vertx,
    Rooms rooms,
    GenerationStore store,
    Running running,
    String hubId,
    String url
  ) {
    this.vertx = vertx;
    this.rooms = rooms;
    this.store = store;
    this.running = running;
    this.hubId = hubId;
    this.url = url;
  }

  /** The other hubs that have a lease. */
  List<String> otherHubs() {
    return otherHubs;
  }

  Future<Void> start() {
    settledSince = System.nanoTime();
    return store
      .renewLease(hubId, url, true)
      .onSuccess(others -> {
        otherHubs = others;
        vertx.setPeriodic(RENEW_MS, _ -> renew());
        scheduleSweep();
      })
      .mapEmpty();
  }

  Future<Void> stop() {
    stopped = true;
    return store.dropLease(hubId).otherwiseEmpty();
  }

  private void renew() {
    if (renewing || stopped) {
      return;
    }
    renewing = true;
    store
      .renewLease(hubId, url, false)
      .onComplete(result -> {
        renewing = false;
        if (result.succeeded()) {
          otherHubs = result.result();
        } else {
          settledSince = System.nanoTime() + RENEW_MS * 1_000_000;
          log.warn("lease not renewed: {}", result.cause().toString());
        }
      });
  }

  private void scheduleSweep() {
    long jitter = ThreadLocalRandom.current().nextLong(SWEEP_JITTER_MS);
    vertx.setTimer(SWEEP_MS + jitter, _ -> {
      if (stopped) {
        return;
      }
      try {
        if (System.nanoTime() - settledSince > SETTLED_NANOS) {
          sweep();
        }
      } catch (RuntimeException e) {
        log.warn("sweep of orphans put off: {}", e.toString());
      }
      scheduleSweep();
    });
  }

  private void sweep() {
    for (GenerationRow orphan : await(store.orphans(hubId, SWEEP_LIMIT))) {
      if (running.find(orphan.id()).isEmpty()) {
        interrupt(orphan);
      }
    }
  }

  private void interrupt(GenerationRow orphan) {
    StoredAnswer stored = await(rooms.conversations().answer(orphan.userId(), orphan.id()));
    Usage usage = new Usage(
      orphan.promptTokens(),
      Math.min(orphan.cachedTokens(), orphan.promptTokens()),
      stored.tokenIds().size()
    );
    boolean taken = await(
      rooms
        .db()
        .inTransaction(tx ->
          store
            .claim(tx, orphan, hubId)
            .compose(guard ->
              guard.isEmpty()
                ? Future.succeededFuture(false)
                : end(tx, guard.get(), orphan, usage, stored.position()).map(true)
            )
        )
    );
    if (taken) {
      log.info("generation {} of {} was interrupted", orphan.id(), orphan.owner().orElse("nobody"));
    }
  }

  private Future<Void> end(Tx tx, Guard guard, GenerationRow orphan, Usage usage, int length) {
    Ending.Badly ending = new Ending.Badly(ErrorCode.INTERRUPTED, Map.of());
    MessageError error = new MessageError(ending.code().code(), ending.args());
    AuditEvent event = AuditEvent.ok(AuditEvent.Actor.system(), "generation.end")
      .target("generation", orphan.id())
      .result(AuditEvent.Result.FAILED)
      .correlation(orphan.id().toString())
      .details(Map.of("model", orphan.model(), "status", ending.status()));
    return store
      .finish(tx, guard, ending, usage, length)
      .compose(_ ->
        rooms.conversations().finishAnswer(tx, orphan.id(), ending.message(), Optional.of(error))
      )
      .compose(_ -> store.endAttempt(tx, orphan.id(), orphan.attempt(), "lost", usage))
      .compose(_ -> rooms.budget().settle(tx, orphan.id(), orphan.attempt(), usage))
      .compose(_ -> rooms.audit().append(tx, event));
  }
}
