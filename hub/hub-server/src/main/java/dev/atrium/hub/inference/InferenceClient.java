package dev.atrium.hub.inference;

import dev.atrium.inference.api.Ack;
import dev.atrium.inference.api.Allow;
import dev.atrium.inference.api.BadMessageException;
import dev.atrium.inference.api.Cancel;
import dev.atrium.inference.api.EventBatch;
import dev.atrium.inference.api.GenerateReply;
import dev.atrium.inference.api.GenerateRequest;
import dev.atrium.inference.api.GenerationEvent;
import dev.atrium.inference.api.InferenceAddresses;
import dev.atrium.inference.api.InferenceError;
import dev.atrium.inference.api.PrepareReply;
import dev.atrium.inference.api.PrepareRequest;
import dev.atrium.inference.api.Replay;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Speaks to the engines of the nodes. The bus promises nothing: a request may go unanswered (then
 * it fails as {@code node_lost} would: {@link InferenceError} with that code), a one-way message may
 * be lost (all of them may be repeated), an event may be missing (their numbers tell).
 */
public final class InferenceClient {

  /** What a request that nobody answered looks like. */
  public static final String NO_ANSWER = "no_answer";

  private static final long PREPARE_TIMEOUT_MS = 3_000;
  private static final long GENERATE_TIMEOUT_MS = 3_000;
  private static final Logger log = LoggerFactory.getLogger(InferenceClient.class);

  private final Vertx vertx;
  private final String hubId;
  private MessageConsumer<Object> consumer;

  public InferenceClient(Vertx vertx, String hubId) {
    this.vertx = vertx;
    this.hubId = hubId;
  }

  /** Begins to listen for the events of the generations that this hub owns. */
  public Future<Void> start(Consumer<GenerationEvent> listener) {
    consumer = vertx
      .eventBus()
      .consumer(InferenceAddresses.hubEvents(hubId), message -> heard(message, listener));
    return consumer.completion();
  }

  /** Stops listening. */
  public Future<Void> stop() {
    return consumer.unregister();
  }

  /** Asks an engine to render and count a prompt; never fails, a lost node is a refusal. */
  public Future<PrepareReply> prepare(EngineAddress engine, PrepareRequest request) {
    return ask(
      InferenceAddresses.prepare(engine.nodeId(), engine.engineId()),
      request.toJson(),
      PREPARE_TIMEOUT_MS
    )
      .map(PrepareReply::fromJson)
      .otherwise(e -> new PrepareReply.Refused(unanswered(engine, e)));
  }

  /** Starts what was prepared; never fails, a lost node is a refusal. */
  public Future<GenerateReply> generate(EngineAddress engine, GenerateRequest request) {
    return ask(
      InferenceAddresses.generate(engine.nodeId(), engine.engineId()),
      request.toJson(),
      GENERATE_TIMEOUT_MS
    )
      .map(GenerateReply::fromJson)
      .otherwise(e -> new GenerateReply.Refused(unanswered(engine, e)));
  }

  /** Asks for events again; the answer tells whether the node knows the attempt at all. */
  public Future<GenerateReply> replay(EngineAddress engine, Replay replay) {
    return ask(
      InferenceAddresses.replay(engine.nodeId(), engine.engineId()),
      replay.toJson(),
      GENERATE_TIMEOUT_MS
    )
      .map(GenerateReply::fromJson)
      .otherwise(e -> new GenerateReply.Refused(unanswered(engine, e)));
  }

  /** Raises how far an attempt may go; also a sign of life. */
  public void allow(EngineAddress engine, Allow allow) {
    vertx
      .eventBus()
      .send(InferenceAddresses.allow(engine.nodeId(), engine.engineId()), allow.toJson());
  }

  /** Ends an attempt; its last event still comes. */
  public void cancel(EngineAddress engine, Cancel cancel) {
    vertx
      .eventBus()
      .send(InferenceAddresses.cancel(engine.nodeId(), engine.engineId()), cancel.toJson());
  }

  /** Says what is durable, so that the node may forget it. */
  public void ack(EngineAddress engine, Ack ack) {
    vertx.eventBus().send(InferenceAddresses.ack(engine.nodeId(), engine.engineId()), ack.toJson());
  }

  private Future<JsonObject> ask(String address, JsonObject body, long timeoutMs) {
    return vertx
      .eventBus()
      .<Object>request(address, body, new DeliveryOptions().setSendTimeout(timeoutMs))
      .map(reply -> {
        if (reply.body() instanceof JsonObject json) {
          return json;
        }
        throw new BadMessageException("body", "is not a JSON object");
      });
  }

  private static InferenceError unanswered(EngineAddress engine, Throwable e) {
    log.warn("no use to be had of node {}: {}", engine.nodeId(), e.toString());
    return InferenceError.of(NO_ANSWER);
  }

  private void heard(Message<Object> message, Consumer<GenerationEvent> listener) {
    List<GenerationEvent> events;
    try {
      events = EventBatch.read(
        message.body() instanceof JsonObject json ? json : null,
        InferenceClient::dropped
      );
    } catch (BadMessageException e) {
      dropped(e);
      return;
    }
    events.forEach(listener);
  }

  private static void dropped(BadMessageException e) {
    log.warn("event dropped: {}", e.getMessage());
  }
}
