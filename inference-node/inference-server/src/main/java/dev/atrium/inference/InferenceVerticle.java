package dev.atrium.inference;

import dev.atrium.engine.PreparedPrompt;
import dev.atrium.engine.PromptException;
import dev.atrium.engine.PromptOptions;
import dev.atrium.engine.text.ChatMessage;
import dev.atrium.inference.api.Ack;
import dev.atrium.inference.api.Allow;
import dev.atrium.inference.api.BadMessageException;
import dev.atrium.inference.api.Cancel;
import dev.atrium.inference.api.GenerateReply;
import dev.atrium.inference.api.GenerateRequest;
import dev.atrium.inference.api.InferenceAddresses;
import dev.atrium.inference.api.InferenceError;
import dev.atrium.inference.api.PrepareReply;
import dev.atrium.inference.api.PrepareRequest;
import dev.atrium.inference.api.Replay;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bus's side of one engine: registers its fixed addresses, reads the messages, and puts what they
 * say into the engine's inbox. A message that can't be read is answered with a code, logged once and
 * changes nothing.
 */
final class InferenceVerticle extends VerticleBase {

  private static final Logger LOG = LoggerFactory.getLogger(InferenceVerticle.class);

  private final String nodeId;
  private final LoadedEngine engine;
  private final PreparedPrompts prepared;
  private final List<MessageConsumer<?>> consumers = new ArrayList<>();
  private final Preparations preparations = new Preparations();

  InferenceVerticle(String nodeId, LoadedEngine engine, PreparedPrompts prepared) {
    this.nodeId = nodeId;
    this.engine = engine;
    this.prepared = prepared;
  }

  /** Completes when the whole cluster knows the addresses. */
  @Override
  public Future<?> start() {
    String id = engine.engineId();
    listen(InferenceAddresses.prepare(nodeId, id), PrepareRequest::fromJson, this::prepare);
    listen(InferenceAddresses.generate(nodeId, id), GenerateRequest::fromJson, this::generate);
    listen(InferenceAddresses.allow(nodeId, id), Allow::fromJson, order(Command.Raise::new));
    listen(InferenceAddresses.cancel(nodeId, id), Cancel::fromJson, order(Command.Stop::new));
    listen(InferenceAddresses.replay(nodeId, id), Replay::fromJson, order(Command.Repeat::new));
    listen(InferenceAddresses.ack(nodeId, id), Ack::fromJson, order(Command.Forget::new));
    vertx.setPeriodic(1_000, _ -> prepared.expire());
    return Future.all(consumers.stream().map(MessageConsumer::completion).toList());
  }

  /** What reads a message that was understood, and says where its answer goes. */
  private interface Handler<T> {
    void handle(T message, Consumer<JsonObject> answer);
  }

  private <T> void listen(String address, Function<JsonObject, T> codec, Handler<T> handler) {
    consumers.add(vertx.eventBus().consumer(address, message -> read(message, codec, handler)));
  }

  private <T> void read(Message<?> message, Function<JsonObject, T> codec, Handler<T> handler) {
    // One-way messages have nowhere to answer to, and nobody waits.
    Consumer<JsonObject> answer = json -> {
      if (message.replyAddress() != null) {
        message.reply(json);
      }
    };
    try {
      T read = codec.apply(message.body() instanceof JsonObject json ? json : null);
      handler.handle(read, answer);
    } catch (BadMessageException e) {
      LOG.warn("bad message on {}: {}", message.address(), e.getMessage());
      answer.accept(new GenerateReply.Refused(InferenceError.badRequest(e)).toJson());
    } catch (RuntimeException e) {
      LOG.error("{} could not be handled", message.address(), e);
      answer.accept(refusal(InferenceError.ENGINE_FAILED));
    }
  }

  private void prepare(PrepareRequest request, Consumer<JsonObject> answer) {
    EngineLoop loop = engine.loop();
    if (loop.leaving()) {
      answer.accept(refusal(InferenceError.LEAVING));
    } else if (
      loop.status().waiting() >= engine.config().maxWaiting() || !preparations.begin(request)
    ) {
      answer.accept(refusal(InferenceError.OVERLOADED));
    } else {
      // A long prompt takes tens of milliseconds to render and count: not on the event loop.
      vertx
        .executeBlocking(() -> render(request).toJson(), false)
        .onComplete(result -> {
          preparations.end(request);
          answer.accept(result.succeeded() ? result.result() : failed(request, result.cause()));
        });
    }
  }

  private PrepareReply render(PrepareRequest request) {
    try {
      List<ChatMessage> messages = request.messages().stream().map(Prompts::message).toList();
      PromptOptions options = Prompts.options(request.options());
      PreparedPrompt prompt = engine
        .loop()
        .prepare(messages, request.published(), options, request.maxNewTokens());
      AttemptKey key = new AttemptKey(request.generationId(), request.attempt());
      if (!prepared.keep(key, prompt)) {
        return new PrepareReply.Refused(InferenceError.of(InferenceError.OVERLOADED));
      }
      return new PrepareReply.Prepared(
        prompt.ids().length,
        prompt.contextLength(),
        prompt.maxNewTokens(),
        engine.model().revision()
      );
    } catch (PromptException e) {
      return new PrepareReply.Refused(new InferenceError(e.code(), e.args()));
    } catch (BadMessageException e) {
      LOG.warn("bad message to prepare {}: {}", request.generationId(), e.getMessage());
      return new PrepareReply.Refused(InferenceError.badRequest(e));
    }
  }

  private static JsonObject failed(PrepareRequest request, Throwable cause) {
    LOG.error("{}: the prompt could not be prepared", request.generationId(), cause);
    return refusal(InferenceError.ENGINE_FAILED);
  }

  private void generate(GenerateRequest request, Consumer<JsonObject> answer) {
    AttemptKey key = new AttemptKey(request.generationId(), request.attempt());
    Optional<PreparedPrompt> prompt = prepared.take(key);
    offer(new Command.Start(request, prompt), answer);
  }

  private <T> Handler<T> order(Function<T, Command.Order> order) {
    return (message, answer) -> offer(order.apply(message), answer);
  }

  private void offer(Command.Order order, Consumer<JsonObject> answer) {
    Consumer<GenerateReply> reply = result ->
      context.runOnContext(_ -> answer.accept(result.toJson()));
    if (!engine.loop().offer(new Command(order, reply))) {
      answer.accept(refusal(InferenceError.OVERLOADED));
    }
  }

  private static JsonObject refusal(String code) {
    return new GenerateReply.Refused(new InferenceError(code, Map.of())).toJson();
  }
}
