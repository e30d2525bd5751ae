package dev.atrium.inference;

import dev.atrium.engine.EngineStatus;
import dev.atrium.engine.LlmEngine;
import dev.atrium.engine.ModelInfo;
import dev.atrium.engine.OverloadedException;
import dev.atrium.engine.PreparedPrompt;
import dev.atrium.engine.PromptException;
import dev.atrium.engine.PromptOptions;
import dev.atrium.engine.text.ChatMessage;
import dev.atrium.inference.api.BadMessageException;
import dev.atrium.inference.api.GenerateReply;
import dev.atrium.inference.api.GenerateRequest;
import dev.atrium.inference.api.InferenceError;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One model and the one thread that loads it, steps it and ends it. Everybody else puts commands
 * into its bounded inbox, which is emptied before each step, so that a cancel takes effect within
 * one. With nothing to do the thread sleeps until the next command.
 *
 * <p>The thread is a platform thread of its own because the native library keeps a pool of threads
 * for each thread that calls it.
 */
final class EngineLoop implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(EngineLoop.class);
  /** The longest sleep, and how exactly deadlines are kept. */
  private static final long TICK_NANOS = 100_000_000;
  private static final int SMOOTHING = 8;

  private final String name;
  private final Supplier<LlmEngine> loader;
  private final Turnstile.PerDevice turnstiles;
  private final EventSink sink;
  private final LoopConfig config;
  private final LongSupplier nanoTime;
  private final BlockingQueue<Command> inbox;
  private final CompletableFuture<ModelInfo> loaded = new CompletableFuture<>();
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private final Attempts attempts = new Attempts();
  private final AtomicBoolean inboxWasFull = new AtomicBoolean();
  private volatile LlmEngine engine;
  private volatile boolean idle = true;
  private volatile boolean leaving;
  private volatile boolean evicting;
  private volatile boolean closing;
  private long nextCheckAt;
  /** What a turn with a step takes, smoothed. */
  private long turnNanos;

  EngineLoop(
    String name,
    Supplier<LlmEngine> loader,
    Turnstile.PerDevice turnstiles,
    EventSink sink,
    LoopConfig config,
    LongSupplier nanoTime
  ) {
    this.name = name;
    this.loader = loader;
    this.turnstiles = turnstiles;
    this.sink = sink;
    this.config = config;
    this.nanoTime = nanoTime;
    this.inbox = new ArrayBlockingQueue<>(config.inbox());
  }

  /** Starts the thread; the future has the model once it is loaded, or why it could not be. */
  CompletableFuture<ModelInfo> start() {
    Thread.ofPlatform().name("engine-" + name).daemon().start(this::run);
    return loaded;
  }

  /** Completes when the thread is gone; exceptionally if it broke. */
  CompletableFuture<Void> ended() {
    return ended;
  }

  /** Any thread. False if the inbox is full: the command was not taken. */
  boolean offer(Command command) {
    boolean taken = !closing && inbox.offer(command);
    // One line when it fills, not one a command.
    if (!taken && !closing && inboxWasFull.compareAndSet(false, true)) {
      LOG.warn("{}: the inbox is full with {} commands", name, config.inbox());
    } else if (taken) {
      inboxWasFull.set(false);
    }
    return taken;
  }

  /**
   * Renders and counts a prompt on the calling thread, and makes what binds its answer to a format.
   *
   * @throws dev.atrium.engine.PromptException if the model can't take it
   */
  PreparedPrompt prepare(
    List<ChatMessage> messages,
    int published,
    PromptOptions options,
    int maxNewTokens
  ) {
    return engine.prepare(messages, published, options, maxNewTokens);
  }

  /** How full it is; any thread, after it was loaded. */
  EngineStatus status() {
    return engine.status();
  }

  /** Refuses new attempts from now on. */
  void leave() {
    leaving = true;
  }

  /** Fails what still runs, so that its owner continues it elsewhere. */
  void evict() {
    evicting = true;
  }

  /** Nothing runs, and every ended attempt was acknowledged. */
  boolean idle() {
    return idle && inbox.isEmpty();
  }

  boolean leaving() {
    return leaving;
  }

  /** Ends the thread after its present step and frees the model. */
  @Override
  public void close() {
    closing = true;
  }

  private void run() {
    try {
      LlmEngine fresh = loader.get();
      WarmUp.run(fresh, config.warmUp());
      engine = fresh;
    } catch (Throwable e) {
      loaded.completeExceptionally(e);
      ended.completeExceptionally(e);
      return;
    }
    loaded.complete(engine.model());
    try (LlmEngine closed = engine) {
      Turnstile turnstile = turnstiles.of(closed.model().device());
      while (!closing) {
        turn(turnstile);
      }
      ended.complete(null);
    } catch (Throwable e) {
      LOG.error("{}: the engine broke", name, e);
      attempts
        .live()
        .forEach(attempt ->
          attempts.fail(attempt, InferenceError.of(InferenceError.ENGINE_FAILED), now())
        );
      ended.completeExceptionally(e);
    } finally {
      refuseRest();
    }
  }

  private void turn(Turnstile turnstile) throws InterruptedException {
    obeyAll(engine.hasWork() || maySettle() ? 0 : sleepNanos());
    long began = now();
    check();
    if (engine.hasWork()) {
      turnstile.pass(() -> engine.step(event -> attempts.on(event, now())));
      attempts.failed().forEach(this::cancelAll);
      turnNanos += (now() - began - turnNanos) / SMOOTHING;
    } else if (maySettle()) {
      turnstile.pass(engine::settle);
    }
    sendText();
    idle = attempts.all().isEmpty();
  }

  /** Who leaves needs nothing for later. */
  private boolean maySettle() {
    return !leaving && !closing && engine.canSettle();
  }

  private void obeyAll(long waitNanos) throws InterruptedException {
    Command command = inbox.poll(waitNanos, TimeUnit.NANOSECONDS);
    // No more than were there: who keeps sending must not keep the engine from its step.
    for (int left = inbox.size(); command != null; left--) {
      obey(command);
      command = left > 0 ? inbox.poll() : null;
    }
  }

  private void obey(Command command) {
    GenerateReply reply;
    try {
      reply = switch (command.order()) {
        case Command.Start(GenerateRequest request, Optional<PreparedPrompt> prompt) -> begin(
          request,
          prompt
        );
        default -> tell(command.order());
      };
    } catch (OverloadedException e) {
      reply = refused(InferenceError.of(InferenceError.OVERLOADED));
    } catch (PromptException e) {
      reply = refused(new InferenceError(e.code(), e.args()));
    } catch (IllegalArgumentException e) {
      LOG.warn("{}: refused by the engine: {}", command.order().key(), e.getMessage());
      reply = refused(badRequest("request", "the engine refuses it"));
    }
    command.reply().accept(reply);
  }

  private GenerateReply begin(GenerateRequest request, Optional<PreparedPrompt> prompt) {
    AttemptKey key = new AttemptKey(request.generationId(), request.attempt());
    Optional<Attempt> repeated = attempts.find(key);
    if (repeated.isPresent()) {
      repeated.get().heard(now());
      return new GenerateReply.Accepted();
    }
    if (leaving) {
      return refused(InferenceError.of(InferenceError.LEAVING));
    }
    if (prompt.isEmpty()) {
      return refused(InferenceError.of(InferenceError.NOT_PREPARED));
    }
    attempts.outdatedBy(key).forEach(this::cancelAll);
    Attempt attempt = new Attempt(request, prompt.get().reply().isPresent(), sink, now());
    attempts.add(attempt);
    try {
      engine.submit(Sequences.of(key, request, prompt.get(), engine.text().defaults()));
    } catch (RuntimeException e) {
      attempts.forget(attempt);
      throw e;
    }
    return new GenerateReply.Accepted();
  }

  private GenerateReply tell(Command.Order order) {
    Optional<Attempt> known = attempts.find(order.key());
    if (known.isEmpty()) {
      return refused(InferenceError.of(InferenceError.UNKNOWN_GENERATION));
    }
    Attempt attempt = known.get();
    attempt.heard(now());
    switch (order) {
      case Command.Start _ -> throw new IllegalStateException("begun elsewhere");
      case Command.Raise(var allow) -> {
        if (!attempt.ended()) {
          sequences(attempt).forEach(id -> engine.allow(id, allow.throughToken()));
        }
      }
      case Command.Stop _ -> cancel(attempt, null);
      case Command.Repeat(var replay) -> {
        replay.owner().ifPresent(attempt::adopt);
        attempt.flush(now());
        attempt.replay(replay.fromSeq());
      }
      case Command.Forget(var ack) -> {
        if (attempt.acknowledge(ack.durableSeq())) {
          attempts.forget(attempt);
        }
      }
    }
    return new GenerateReply.Accepted();
  }

  /** The engine answers with the end of the sequence; {@code cause} decides what the owner hears. */
  private void cancel(Attempt attempt, Attempt.Cause cause) {
    if (!attempt.ended() && attempt.cause == null) {
      attempt.cause = cause;
      if (cause != null) {
        LOG.info("{}: ended by the node: {}", attempt.key, cause);
      }
      cancelAll(attempt);
    }
  }

  private void cancelAll(Attempt attempt) {
    sequences(attempt).forEach(engine::cancel);
  }

  private static List<String> sequences(Attempt attempt) {
    return attempt.request
      .choices()
      .stream()
      .map(choice -> attempt.key.sequenceId(choice.index()))
      .toList();
  }

  private void check() {
    long now = now();
    if (now - nextCheckAt < 0 && !evicting) {
      return;
    }
    nextCheckAt = now + TICK_NANOS;
    for (Attempt attempt : attempts.live()) {
      if (evicting) {
        cancel(attempt, Attempt.Cause.NODE_LEAVING);
      } else if (now - attempt.deadlineAt >= 0) {
        cancel(attempt, Attempt.Cause.DEADLINE);
      } else if (attempt.silentFor(now) >= config.ownerSilence().toNanos()) {
        cancel(attempt, Attempt.Cause.OWNER_LOST);
      } else if (attempt.keptEvents() > config.maxKeptEvents()) {
        cancel(attempt, Attempt.Cause.UNACKNOWLEDGED);
      }
    }
    attempts.dropEnded(now, config.keepEnded());
  }

  /**
   * Sends what was gathered long enough, or all of it if there is no use in waiting: the engine has come
   * to rest, or its steps take as long as that. By the clock alone, what such a step draws soon after one
   * that was late would wait for another.
   */
  private void sendText() {
    long now = now();
    long merge = config.merge().toNanos();
    long wait = engine.hasWork() && turnNanos < merge ? merge : 0;
    for (Attempt attempt : attempts.all()) {
      attempt.flushDue(now, wait);
    }
  }

  private long sleepNanos() {
    return closing || evicting ? 1_000_000 : TICK_NANOS;
  }

  private void refuseRest() {
    closing = true;
    for (Command command = inbox.poll(); command != null; command = inbox.poll()) {
      command.reply().accept(refused(InferenceError.of(InferenceError.LEAVING)));
    }
  }

  private long now() {
    return nanoTime.getAsLong();
  }

  private static InferenceError badRequest(String field, String reason) {
    return InferenceError.badRequest(new BadMessageException(field, reason));
  }

  private static GenerateReply refused(InferenceError error) {
    return new GenerateReply.Refused(error);
  }
}
