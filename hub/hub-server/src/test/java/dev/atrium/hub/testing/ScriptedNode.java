package dev.atrium.hub.testing;

import dev.atrium.inference.api.Ack;
import dev.atrium.inference.api.Allow;
import dev.atrium.inference.api.AnswerPart;
import dev.atrium.inference.api.Cancel;
import dev.atrium.inference.api.EngineStatus;
import dev.atrium.inference.api.GenerateReply;
import dev.atrium.inference.api.GenerateRequest;
import dev.atrium.inference.api.GenerationEvent;
import dev.atrium.inference.api.Heartbeat;
import dev.atrium.inference.api.InferenceAddresses;
import dev.atrium.inference.api.InferenceError;
import dev.atrium.inference.api.PrepareReply;
import dev.atrium.inference.api.PrepareRequest;
import dev.atrium.inference.api.Replay;
import dev.atrium.inference.api.Usage;
import dev.atrium.inference.api.cluster.Cluster;
import dev.atrium.inference.api.cluster.ClusterConfig;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;

/**
 * A member of the cluster that speaks for an inference node. Its tokens are the code points of
 * {@link #says}; it honours allowances, cancels, replays and continuations as a node must, and can be
 * told to lose events, to refuse, to pause and to die.
 */
public final class ScriptedNode implements AutoCloseable {

  public static final String MODEL = "scripted";
  private static final String ENGINE = "e1";
  private static final int CONTEXT = 4_000;

  public volatile String says = "Hello, world. 你好 👋 and good-bye.";
  public volatile long tokenMillis = 2;
  public volatile Optional<InferenceError> refusal = Optional.empty();
  public volatile int contextLength = CONTEXT;
  /** The first place in the queue that it tells of; 0 if nobody waits. */
  public volatile int waitsFrom;
  /** Tokens of every prompt that it says it had. */
  public volatile int cachedTokens;
  public volatile String revision = "r1";
  /** Events for which this is false are not sent, unless they are asked for again. */
  public volatile Predicate<GenerationEvent> delivers = _ -> true;
  /** The last token of the whole answer that is written before it falls silent. */
  public volatile int pauseAfter = Integer.MAX_VALUE;
  /** Whether it takes its answers apart: what stands between ‹ and › is a thought. */
  public volatile boolean thinks;
  /** Whether it lets those wait who ask it to say something again. */
  public volatile boolean keepsToItself;

  public final List<PrepareRequest> prepared = new CopyOnWriteArrayList<>();
  public final List<GenerateRequest> generated = new CopyOnWriteArrayList<>();
  public final List<Ack> acks = new CopyOnWriteArrayList<>();

  private final String nodeId;
  private final String kind;
  private final Vertx vertx;
  private final Map<String, Attempt> attempts = new ConcurrentHashMap<>();
  private volatile boolean silent;
  private long beats;

  private final class Attempt {

    final GenerateRequest request;
    final int promptTokens;
    final List<GenerationEvent> events = new ArrayList<>();
    int next;
    int allowed;
    String owner;
    volatile boolean cancelled;
    boolean ended;

    Attempt(GenerateRequest request, int promptTokens) {
      this.request = request;
      this.promptTokens = promptTokens;
      this.next = request.continueIds().size();
      this.allowed = request.allowThrough();
      this.owner = request.owner();
    }
  }

  private ScriptedNode(String nodeId, String kind, Vertx vertx) {
    this.nodeId = nodeId;
    this.kind = kind;
    this.vertx = vertx;
  }

  /** A node whose model is of this kind: {@code chat}, or another that can't. */
  public static ScriptedNode join(String nodeId, String kind, ClusterConfig cluster)
    throws Exception {
    Vertx vertx = Waits.get(Cluster.start(cluster));
    ScriptedNode node = new ScriptedNode(nodeId, kind, vertx);
    node.listen();
    return node;
  }

  private void listen() throws Exception {
    var bus = vertx.eventBus();
    Waits.get(bus.consumer(InferenceAddresses.prepare(nodeId, ENGINE), this::prepare).completion());
    Waits.get(
      bus.consumer(InferenceAddresses.generate(nodeId, ENGINE), this::generate).completion()
    );
    Waits.get(bus.consumer(InferenceAddresses.allow(nodeId, ENGINE), this::allow).completion());
    Waits.get(bus.consumer(InferenceAddresses.cancel(nodeId, ENGINE), this::cancel).completion());
    Waits.get(bus.consumer(InferenceAddresses.replay(nodeId, ENGINE), this::replay).completion());
    Waits.get(
      bus
        .<JsonObject>consumer(InferenceAddresses.ack(nodeId, ENGINE), m ->
          acks.add(Ack.fromJson(m.body()))
        )
        .completion()
    );
    vertx.setPeriodic(0, 200, _ -> beat(Heartbeat.State.UP));
  }

  private void beat(Heartbeat.State state) {
    if (silent) {
      return;
    }
    int active = (int) attempts
      .values()
      .stream()
      .filter(a -> !a.ended)
      .count();
    EngineStatus engine = new EngineStatus(
      ENGINE,
      MODEL,
      kind,
      revision,
      "cpu",
      "f32",
      contextLength,
      active,
      0,
      8,
      8,
      100_000,
      false
    );
    vertx
      .eventBus()
      .publish(
        InferenceAddresses.HEARTBEAT,
        new Heartbeat(nodeId, Optional.empty(), ++beats, state, List.of(engine)).toJson()
      );
  }

  /** Falls silent at once, as a killed process does. */
  public void die() {
    silent = true;
  }

  /** Comes back under its name, as a process that was started again: it knows nothing of before. */
  public void restart() {
    attempts.clear();
    silent = false;
  }

  public String nodeId() {
    return nodeId;
  }

  private void prepare(Message<JsonObject> message) {
    if (silent) {
      return;
    }
    PrepareRequest request = PrepareRequest.fromJson(message.body());
    prepared.add(request);
    int tokens = tokens(request);
    PrepareReply reply = refusal
      .<PrepareReply>map(PrepareReply.Refused::new)
      .orElseGet(() ->
        tokens >= contextLength
          ? new PrepareReply.Refused(
            new InferenceError(
              InferenceError.CONTEXT_FULL,
              Map.of("promptTokens", tokens, "contextLength", contextLength)
            )
          )
          : new PrepareReply.Prepared(
            tokens,
            contextLength,
            Math.min(request.maxNewTokens(), contextLength - tokens),
            revision
          )
      );
    message.reply(reply.toJson());
  }

  /** One token for each character and four for each message. */
  private static int tokens(PrepareRequest request) {
    return request
      .messages()
      .stream()
      .mapToInt(m -> m.content().length() + 4)
      .sum();
  }

  private void generate(Message<JsonObject> message) {
    if (silent) {
      return;
    }
    GenerateRequest request = GenerateRequest.fromJson(message.body());
    generated.add(request);
    int promptTokens = tokens(prepared.getLast());
    Attempt attempt = new Attempt(request, promptTokens);
    attempts.put(key(request.generationId(), request.attempt()), attempt);
    message.reply(new GenerateReply.Accepted().toJson());
    for (int position = waitsFrom; position > 0; position--) {
      emit(
        attempt,
        new GenerationEvent.Queued(
          request.generationId(),
          request.attempt(),
          attempt.events.size() + 1,
          position,
          1_000L * position
        )
      );
    }
    emit(
      attempt,
      new GenerationEvent.Started(
        request.generationId(),
        request.attempt(),
        attempt.events.size() + 1,
        promptTokens,
        cachedTokens
      )
    );
    vertx.setPeriodic(Math.max(1, tokenMillis), timer -> {
      step(attempt);
      if (attempt.ended || silent) {
        vertx.cancelTimer(timer);
      }
    });
  }

  private void step(Attempt attempt) {
    if (silent || attempt.ended) {
      return;
    }
    int[] answer = says.codePoints().toArray();
    int most = Math.min(answer.length, attempt.request.maxNewTokens());
    if (attempt.cancelled) {
      end(attempt, GenerationEvent.Reason.CANCELLED);
    } else if (attempt.next >= most) {
      end(
        attempt,
        most < answer.length ? GenerationEvent.Reason.LENGTH : GenerationEvent.Reason.STOP
      );
    } else if (attempt.next < attempt.allowed && attempt.next < pauseAfter) {
      int id = answer[attempt.next++];
      emit(
        attempt,
        new GenerationEvent.Delta(
          attempt.request.generationId(),
          attempt.request.attempt(),
          attempt.events.size() + 1,
          0,
          Character.toString(id),
          List.of(id),
          List.of(),
          thinks ? Optional.of(part(answer, attempt.next - 1)) : Optional.empty()
        )
      );
    }
  }

  /** What stands between these two is a thought; they themselves are its marks. */
  private static List<AnswerPart> part(int[] answer, int index) {
    boolean thought = false;
    for (int i = 0; i < index; i++) {
      thought = answer[i] == '‹' || (thought && answer[i] != '›');
    }
    String text = Character.toString(answer[index]);
    return switch (text) {
      case "‹", "›" -> List.of();
      default -> List.of(thought ? new AnswerPart.Thought(text) : new AnswerPart.Answer(text));
    };
  }

  private void end(Attempt attempt, GenerationEvent.Reason reason) {
    attempt.ended = true;
    emit(
      attempt,
      new GenerationEvent.Finished(
        attempt.request.generationId(),
        attempt.request.attempt(),
        attempt.events.size() + 1,
        reason,
        new Usage(
          attempt.promptTokens,
          cachedTokens,
          attempt.promptTokens - cachedTokens,
          attempt.next
        )
      )
    );
  }

  /** Ends every running attempt with this error, as an engine does that can't go on. */
  public void fail(String code) {
    vertx.runOnContext(_ ->
      attempts
        .values()
        .stream()
        .filter(a -> !a.ended)
        .forEach(a -> {
          a.ended = true;
          emit(
            a,
            new GenerationEvent.Failed(
              a.request.generationId(),
              a.request.attempt(),
              a.events.size() + 1,
              InferenceError.of(code)
            )
          );
        })
    );
  }

  /** Cancels every running attempt, as if its owner had wished it. */
  public void cancelAll() {
    attempts.values().forEach(a -> a.cancelled = true);
  }

  private void emit(Attempt attempt, GenerationEvent event) {
    attempt.events.add(event);
    if (delivers.test(event)) {
      send(attempt, event);
    }
  }

  private void send(Attempt attempt, GenerationEvent event) {
    vertx.eventBus().send(InferenceAddresses.hubEvents(attempt.owner), event.toJson());
  }

  private void allow(Message<JsonObject> message) {
    Allow allow = Allow.fromJson(message.body());
    Attempt attempt = attempts.get(key(allow.generationId(), allow.attempt()));
    if (attempt != null) {
      attempt.allowed = Math.max(attempt.allowed, allow.throughToken());
    }
  }

  private void cancel(Message<JsonObject> message) {
    Cancel cancel = Cancel.fromJson(message.body());
    Attempt attempt = attempts.get(key(cancel.generationId(), cancel.attempt()));
    if (attempt != null) {
      attempt.cancelled = true;
    }
  }

  private void replay(Message<JsonObject> message) {
    if (keepsToItself) {
      return;
    }
    if (silent) {
      return;
    }
    Replay replay = Replay.fromJson(message.body());
    Attempt attempt = attempts.get(key(replay.generationId(), replay.attempt()));
    if (attempt == null) {
      message.reply(
        new GenerateReply.Refused(InferenceError.of(InferenceError.UNKNOWN_GENERATION)).toJson()
      );
      return;
    }
    message.reply(new GenerateReply.Accepted().toJson());
    replay.owner().ifPresent(hub -> attempt.owner = hub);
    attempt.events
      .stream()
      .filter(e -> e.seq() >= replay.fromSeq())
      .forEach(e -> send(attempt, e));
  }

  private static String key(String generationId, int attempt) {
    return generationId + "/" + attempt;
  }

  @Override
  public void close() throws Exception {
    silent = true;
    Waits.get(vertx.close());
  }
}
