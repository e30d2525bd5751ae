package dev.atrium.hub.auth;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import dev.atrium.policy.PasswordHasher;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Hashes one password at a time, off the event loop: one hash takes half of a two-core machine, and
 * the chats that run must not feel a flood of sign-ins. The queue is bounded; past it {@code
 * OVERLOADED}.
 */
final class HashQueue {

  private final PasswordHasher hasher;
  private final WorkerExecutor worker;
  private final int capacity;
  private final AtomicInteger inside = new AtomicInteger();

  HashQueue(Vertx vertx, AuthConfig config) {
    this.hasher = new PasswordHasher(config.hashCost());
    this.capacity = config.waitingHashes() + 1;
    this.worker = vertx.createSharedWorkerExecutor("atrium-password-hash", 1, 30, TimeUnit.SECONDS);
  }

  Future<Boolean> verify(String password, Optional<String> stored) {
    return submit(() -> hasher.verify(password, stored));
  }

  Future<String> hash(String password) {
    return submit(() -> hasher.hash(password));
  }

  private <T> Future<T> submit(Callable<T> work) {
    if (inside.incrementAndGet() > capacity) {
      inside.decrementAndGet();
      return Future.failedFuture(new AtriumException(ErrorCode.OVERLOADED));
    }
    return worker.executeBlocking(work, false).onComplete(_ -> inside.decrementAndGet());
  }
}
