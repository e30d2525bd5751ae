package dev.atrium.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.atrium.engine.EngineConfig;
import dev.atrium.engine.model.ModelLoadException;
import dev.atrium.engine.reply.ReplyPart;
import dev.atrium.inference.api.Ack;
import dev.atrium.inference.api.Allow;
import dev.atrium.inference.api.AnswerOptions;
import dev.atrium.inference.api.AnswerPart;
import dev.atrium.inference.api.Cancel;
import dev.atrium.inference.api.EngineStatus;
import dev.atrium.inference.api.EventBatch;
import dev.atrium.inference.api.GenerateReply;
import dev.atrium.inference.api.GenerateRequest;
import dev.atrium.inference.api.GenerationEvent;
import dev.atrium.inference.api.GenerationEvent.Delta;
import dev.atrium.inference.api.GenerationEvent.Failed;
import dev.atrium.inference.api.GenerationEvent.Finished;
import dev.atrium.inference.api.Heartbeat;
import dev.atrium.inference.api.InferenceAddresses;
import dev.atrium.inference.api.InferenceError;
import dev.atrium.inference.api.OutputFormat;
import dev.atrium.inference.api.Party;
import dev.atrium.inference.api.PrepareReply;
import dev.atrium.inference.api.PrepareRequest;
import dev.atrium.inference.api.PromptMessage;
import dev.atrium.inference.api.Replay;
import dev.atrium.inference.api.Sampling;
import dev.atrium.inference.api.Usage;
import dev.atrium.inference.api.cluster.Cluster;
import dev.atrium.inference.api.cluster.ClusterConfig;
import dev.atrium.inference.shelf.ModelCommand;
import dev.atrium.inference.shelf.ModelsFile;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** A node and a client, two members of a real Hazelcast cluster, over the real bus. */
class InferenceNodeTest {

  private static final String NODE = "node-t";
  private static final String HUB = "hub-t";
  private static final String CLUSTER = "test-" + UUID.randomUUID();

  private static final List<GenerationEvent> events = new CopyOnWriteArrayList<>();
  private static final List<Heartbeat> heartbeats = new CopyOnWriteArrayList<>();
  private static List<String> members;
  private static Vertx hub;
  private static InferenceNode node;

  @BeforeAll
  static void start() throws Exception {
    List<Integer> ports = freePorts();
    members = ports
      .stream()
      .map(port -> "127.0.0.1:" + port)
      .toList();
    hub = Cluster.start(ClusterConfig.local(ports.get(0), members, CLUSTER)).await();
    hub
      .eventBus()
      .<JsonObject>consumer(InferenceAddresses.hubEvents(HUB), message ->
        events.addAll(
          EventBatch.read(message.body(), e -> {
            throw e;
          })
        )
      )
      .completion()
      .await();
    hub
      .eventBus()
      .<JsonObject>consumer(InferenceAddresses.HEARTBEAT, message ->
        heartbeats.add(Heartbeat.fromJson(message.body()))
      )
      .completion()
      .await();
    node = InferenceNode.start(
      NODE,
      ClusterConfig.local(ports.get(1), members, CLUSTER),
      List.of(
        source("letters", 1),
        source("slow", 30),
        new ModelSource(
          "thinker",
          "thinker",
          Optional.empty(),
          EngineConfig.defaults(),
          Thinker::engine
        )
      )
    );
  }

  @AfterAll
  static void stop() throws Exception {
    node.leave(Duration.ZERO);
    hub.close().await(20, TimeUnit.SECONDS);
  }

  @BeforeEach
  void clear() {
    events.clear();
  }

  @Test
  void carriesAGenerationFromPrepareToItsAcknowledgedEnd() throws Exception {
    PrepareReply reply = prepare("letters", "g1", 50);
    assertThat(reply).isInstanceOfSatisfying(PrepareReply.Prepared.class, prepared -> {
        assertThat(prepared.promptTokens()).isEqualTo("user: hello\n> ".length());
        assertThat(prepared.contextLength()).isEqualTo(Letters.CONTEXT);
        assertThat(prepared.maxNewTokens()).isEqualTo(50);
        assertThat(prepared.revision()).isEqualTo(node.engines().getFirst().model().revision());
      });
    assertThat(generate("letters", "g1", 50, 20)).isEqualTo(new GenerateReply.Accepted());
    eventually(() -> text("g1").length() == 20);
    hub.eventBus().send(InferenceAddresses.allow(NODE, "letters"), new Allow("g1", 1, 50).toJson());
    eventually(() -> ended("g1"));
    List<GenerationEvent> all = events("g1");
    for (int i = 0; i < all.size(); i++) {
      assertThat(all.get(i).seq()).isEqualTo(i + 1);
    }
    assertThat(text("g1")).hasSize(50).startsWith("abcdefg");
    assertThat(((Finished) all.getLast()).reason()).isEqualTo(GenerationEvent.Reason.LENGTH);

    hub
      .eventBus()
      .send(InferenceAddresses.replay(NODE, "letters"), new Replay("g1", 1, 3).toJson());
    eventually(() -> events("g1").size() == 2 * all.size() - 2);
    JsonObject ack = new Ack("g1", 1, all.size()).toJson();
    assertThat(ask(InferenceAddresses.ack(NODE, "letters"), ack)).isEqualTo(ok());
    assertThat(
      code(ask(InferenceAddresses.replay(NODE, "letters"), new Replay("g1", 1, 1).toJson()))
    ).isEqualTo(InferenceError.UNKNOWN_GENERATION);
  }

  @Test
  void tellsHowBusyItsEnginesAre() throws Exception {
    int before = heartbeats.size();
    eventually(() -> heartbeats.size() > before + 1);
    Heartbeat last = heartbeats.getLast();
    assertThat(last.nodeId()).isEqualTo(NODE);
    assertThat(last.state()).isEqualTo(Heartbeat.State.UP);
    assertThat(last.engines()).extracting("model").containsExactly("letters", "slow", "thinker");
    prepare("slow", "busy", 1_000);
    generate("slow", "busy", 1_000, 1_000);
    eventually(() -> heartbeats.getLast().engines().get(1).active() == 1);
    ask(InferenceAddresses.cancel(NODE, "slow"), new Cancel("busy", 1).toJson());
    eventually(() -> heartbeats.getLast().engines().get(1).active() == 0);
    for (int i = before + 1; i < heartbeats.size(); i++) {
      assertThat(heartbeats.get(i).seq()).isEqualTo(heartbeats.get(i - 1).seq() + 1);
    }
  }

  @Test
  void answersEveryBadMessageWithACodeLogsItOnceAndGoesOn() throws Exception {
    prepare("slow", "other", 100);
    generate("slow", "other", 100, 100);
    ListAppender<ILoggingEvent> log = listen();
    JsonObject good = request("x", 10, 10).toJson();
    List<JsonObject> bad = List.of(
      new JsonObject(),
      good.copy().put("generationId", "../../etc"),
      good.copy().put("attempt", "one"),
      good.copy().put("owner", 7),
      good.copy().put("sampling", new JsonArray()),
      good.copy().put("stop", new JsonArray().add("x".repeat(10_000))),
      good.copy().put("continueIds", new JsonArray().add("a")),
      good.copy().put("deadlineMs", -1)
    );
    for (JsonObject message : bad) {
      JsonObject reply = ask(InferenceAddresses.generate(NODE, "slow"), message);
      assertThat(code(reply)).isEqualTo(InferenceError.BAD_REQUEST);
    }
    hub.eventBus().send(InferenceAddresses.allow(NODE, "slow"), "not even an object");
    hub.eventBus().send(InferenceAddresses.cancel(NODE, "slow"), new JsonObject().put("x", 1));
    eventually(() -> log.list.size() == bad.size() + 2);
    eventually(() -> ended("other"));
    assertThat(text("other")).hasSize(100);
    assertThat(log.list).hasSize(bad.size() + 2);
  }

  @Test
  void whatIsPublishedIsReadOnceForAllAndAConversationGoesOnWhereItWas() throws Exception {
    PromptMessage system = new PromptMessage("system", "Speak in letters. ".repeat(10));
    List<PromptMessage> chat = List.of(
      system,
      new PromptMessage("user", "What comes first of all?")
    );
    Usage first = answered("p1", chat, "anna");
    Usage other = answered("p2", chat, "bela");
    // And what the template says before it comes to the user's own words.
    int published = ("system: " + system.content() + "\nuser: ").length();
    assertThat(first.cachedTokens()).isZero();
    assertThat(other.cachedTokens()).isEqualTo((published / 16) * 16);
    assertThat(other.prefilledTokens()).isEqualTo(other.promptTokens() - other.cachedTokens());
    List<PromptMessage> next = new ArrayList<>(chat);
    next.add(new PromptMessage("assistant", text("p1")));
    next.add(new PromptMessage("user", "And then?"));
    assertThat(answered("p3", next, "anna").cachedTokens()).isGreaterThanOrEqualTo(
      (first.promptTokens() / 16) * 16
    );
    assertThat(answered("p4", next, "carl").cachedTokens()).isEqualTo(other.cachedTokens());
  }

  private static Usage answered(String id, List<PromptMessage> messages, String user)
    throws Exception {
    askPrepare("letters", new PrepareRequest(id, 1, messages, 1, 20, AnswerOptions.PLAIN));
    GenerateRequest request = new GenerateRequest(
      id,
      1,
      HUB,
      Optional.of(new Party("d", user)),
      Sampling.greedy(),
      20,
      List.of(),
      List.of(),
      20,
      60_000
    );
    ask(InferenceAddresses.generate(NODE, "letters"), request.toJson());
    eventually(() -> ended(id));
    return ((Finished) events(id).getLast()).usage();
  }

  @Test
  void refusesPromptsThatTheModelCanNotTake() throws Exception {
    PrepareRequest tooLong = new PrepareRequest(
      "long",
      1,
      List.of(new PromptMessage("user", "x".repeat(Letters.CONTEXT))),
      10
    );
    assertThat(code(askPrepare("letters", tooLong))).isEqualTo(InferenceError.CONTEXT_FULL);
    PrepareRequest tool = new PrepareRequest(
      "tool",
      1,
      List.of(new PromptMessage("tool", "x")),
      10
    );
    assertThat(code(askPrepare("letters", tool))).isEqualTo(InferenceError.TEMPLATE_ERROR);
    assertThat(
      code(ask(InferenceAddresses.generate(NODE, "letters"), request("long", 5, 5).toJson()))
    ).isEqualTo(InferenceError.NOT_PREPARED);
  }

  @Test
  void bindsAnAnswerToASchemaAndRefusesWhatItCanNotKeep() throws Exception {
    String schema =
      "{\"type\":\"object\",\"properties\":{\"word\":{\"type\":\"string\",\"maxLength\":3}}," +
      "\"required\":[\"word\"]}";
    PrepareReply reply = PrepareReply.fromJson(
      askPrepare("letters", bound("json", OutputFormat.of(schema)))
    );
    assertThat(reply).isInstanceOf(PrepareReply.Prepared.class);
    assertThat(generate("letters", "json", 100, 100)).isEqualTo(new GenerateReply.Accepted());
    eventually(() -> ended("json"));
    assertThat(new JsonObject(text("json")).getString("word")).hasSizeLessThan(4);
    assertThat(((Finished) events("json").getLast()).reason()).isEqualTo(
      GenerationEvent.Reason.STOP
    );

    // The same from its tokens so far, as after the loss of a node.
    List<Integer> ids = new ArrayList<>();
    events("json").forEach(event -> {
        if (event instanceof Delta delta) {
          ids.addAll(delta.tokenIds());
        }
      });
    askPrepare("letters", bound("json2", OutputFormat.of(schema)));
    GenerateRequest rest = new GenerateRequest(
      "json2",
      1,
      HUB,
      Optional.empty(),
      Sampling.greedy(),
      100,
      List.of(),
      ids.subList(0, 5),
      100,
      60_000
    );
    assertThat(ask(InferenceAddresses.generate(NODE, "letters"), rest.toJson())).isEqualTo(ok());
    eventually(() -> ended("json2"));
    assertThat(text("json2")).isEqualTo(text("json").substring(5));

    JsonObject refusal = askPrepare(
      "letters",
      bound("date", OutputFormat.of("{\"properties\":{\"day\":{\"format\":\"email\"}}}"))
    );
    assertThat(code(refusal)).isEqualTo(InferenceError.SCHEMA_UNSUPPORTED);
    assertThat(refusal.getJsonObject("error").getJsonObject("args")).contains(
      Map.entry("keyword", "format"),
      Map.entry("path", "#/properties/day")
    );
  }

  @Test
  void tellsThoughtAnswerAndCallsApartWhereTheHubAsks() throws Exception {
    AnswerOptions options = new AnswerOptions(
      OutputFormat.TEXT,
      Optional.of("[{\"name\":\"weather\"}]"),
      Optional.of(true),
      true
    );
    List<PromptMessage> chat = List.of(
      new PromptMessage("user", "weather?"),
      new PromptMessage(
        "assistant",
        "",
        List.of(new PromptMessage.Call("c1", "weather", "{\"p\":\"x\"}")),
        Optional.empty()
      ),
      new PromptMessage("tool", "22", List.of(), Optional.of("c1"))
    );
    PrepareReply prepared = PrepareReply.fromJson(
      askPrepare("thinker", new PrepareRequest("think", 1, chat, 0, 200, options))
    );
    assertThat(((PrepareReply.Prepared) prepared).promptTokens()).isEqualTo(
      Thinker.PROMPT.length() + 1
    );
    assertThat(generate("thinker", "think", 200, 200)).isEqualTo(new GenerateReply.Accepted());
    eventually(() -> ended("think"));
    assertThat(text("think")).isEqualTo(Thinker.ANSWER);
    Parts parts = new Parts();
    events("think").forEach(event -> {
        if (event instanceof Delta delta) {
          delta
            .parts()
            .orElseGet(() -> List.of(new AnswerPart.Answer(delta.text())))
            .forEach(part ->
              parts.add(
                switch (part) {
                  case AnswerPart.Thought(var text) -> new ReplyPart.Thought(text);
                  case AnswerPart.Answer(var text) -> new ReplyPart.Answer(text);
                  case AnswerPart.ToolCall(var name, var args) -> new ReplyPart.ToolCall(
                    name,
                    args
                  );
                }
              )
            );
        }
      });
    assertThat(parts.take()).containsExactly(
      new AnswerPart.Thought("hm"),
      new AnswerPart.Answer("One moment."),
      new AnswerPart.ToolCall("weather", "{\"p\":\"河内\"}")
    );

    AnswerOptions broken = new AnswerOptions(
      OutputFormat.TEXT,
      Optional.of("[1]"),
      Optional.empty(),
      true
    );
    assertThat(
      code(askPrepare("thinker", new PrepareRequest("think2", 1, chat, 0, 200, broken)))
    ).isEqualTo(InferenceError.BAD_REQUEST);
  }

  private static PrepareRequest bound(String id, OutputFormat format) {
    return new PrepareRequest(
      id,
      1,
      List.of(new PromptMessage("user", "hello")),
      0,
      100,
      AnswerOptions.of(format)
    );
  }

  @Test
  void startsNothingWhenAModelCanNotBeLoaded() throws Exception {
    int port = freePorts().getFirst();
    ModelSource broken = new ModelSource(
      "b",
      "b",
      Optional.empty(),
      EngineConfig.defaults(),
      () -> {
        throw ModelLoadException.corrupt("model.safetensors", "is cut short");
      }
    );
    assertThatThrownBy(() ->
      InferenceNode.start(
        "node-b",
        ClusterConfig.local(port, members, CLUSTER),
        List.of(source("letters", 1), broken)
      )
    )
      .isInstanceOf(ModelLoadException.class)
      .hasMessageContaining("model.safetensors");
    int heard = heartbeats.size();
    eventually(() -> heartbeats.size() > heard + 2);
    assertThat(heartbeats).noneMatch(heartbeat -> heartbeat.nodeId().equals("node-b"));
    eventually(() -> isFree(port));
  }

  private static boolean isFree(int port) {
    try (ServerSocket free = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return free.isBound();
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void leavesInOrderAndHandsOverWhatItCanNotFinish() throws Exception {
    int port = freePorts().getFirst();
    InferenceNode leaver = InferenceNode.start(
      "node-l",
      ClusterConfig.local(port, members, CLUSTER),
      List.of(source("letters", 1), source("slow", 30))
    );
    for (String[] each : new String[][] { { "letters", "short" }, { "slow", "long" } }) {
      JsonObject prompt = prepareRequest(each[1], 1_000).toJson();
      ask(InferenceAddresses.prepare("node-l", each[0]), prompt);
      // Both share a device, so a step of the fast one waits for a step of the slow one.
      int tokens = each[1].equals("short") ? 40 : 1_000;
      JsonObject start = request(each[1], tokens, tokens).toJson();
      assertThat(ask(InferenceAddresses.generate("node-l", each[0]), start)).isEqualTo(ok());
    }
    eventually(() -> !text("long").isEmpty() && !text("short").isEmpty());
    CompletableFuture<Void> left = CompletableFuture.runAsync(() ->
      leaver.leave(Duration.ofSeconds(3))
    );
    eventually(() ->
      heartbeats
        .stream()
        .anyMatch(h -> h.nodeId().equals("node-l") && h.state() == Heartbeat.State.LEAVING)
    );
    JsonObject late = prepareRequest("late", 10).toJson();
    assertThat(code(ask(InferenceAddresses.prepare("node-l", "letters"), late))).isEqualTo(
      InferenceError.LEAVING
    );
    left.get(20, TimeUnit.SECONDS);
    assertThat(((Finished) events("short").getLast()).usage().completionTokens()).isEqualTo(40);
    assertThat(((Failed) events("long").getLast()).error().code()).isEqualTo(
      InferenceError.NODE_LEAVING
    );
  }

  @Test
  void aModelIsUnloadedWhenWhatItWritesIsFinishedAndTheOthersGoOn() throws Exception {
    node.load(source("guest", 20));
    LoadedEngine guest = engine("guest").orElseThrow();
    eventually(() -> announced("guest").contains(false));
    prepare("guest", "g-guest", 60);
    assertThat(generate("guest", "g-guest", 60, 60)).isEqualTo(new GenerateReply.Accepted());
    eventually(() -> !text("g-guest").isEmpty());
    CompletableFuture<Void> unloaded = CompletableFuture.runAsync(() ->
      node.unload(guest, Duration.ofSeconds(20))
    );
    eventually(() -> announced("guest").contains(true));
    assertThat(code(askPrepare("guest", prepareRequest("g-late", 5)))).isEqualTo(
      InferenceError.LEAVING
    );
    assertThat(prepare("letters", "g-other", 5)).isInstanceOf(PrepareReply.Prepared.class);
    eventually(() -> ended("g-guest"));
    assertThat(((Finished) events("g-guest").getLast()).usage().completionTokens()).isEqualTo(60);
    hub
      .eventBus()
      .send(
        InferenceAddresses.ack(NODE, "guest"),
        new Ack("g-guest", 1, events("g-guest").getLast().seq()).toJson()
      );
    unloaded.get(20, TimeUnit.SECONDS);
    eventually(() -> announced("guest").isEmpty());
    assertThat(engine("guest")).isEmpty();
    assertThat(guest.loop().ended()).isCompleted();
    // And again, under the same name.
    node.load(source("guest", 1));
    assertThat(prepare("guest", "g-again", 5)).isInstanceOf(PrepareReply.Prepared.class);
    node.unload(engine("guest").orElseThrow(), Duration.ZERO);
  }

  @Test
  void followsItsListOfModels(@TempDir Path data) throws Exception {
    Path list = Files.createDirectories(data.resolve("loaded")).resolve("list");
    Files.writeString(list, "");
    Path model = Files.createDirectories(data.resolve("models/listed"));
    Files.writeString(model.resolve("script.json"), "{\"context\": 300}");
    Path broken = Files.createDirectories(data.resolve("models/broken"));
    Files.writeString(broken.resolve("config.json"), "{\"model_type\":\"mamba\"}");
    List<EngineConfig> cpu = List.of(EngineConfig.defaults());
    try (
      ModelKeeper keeper = new ModelKeeper(new ModelsFile(list), NODE, node, (directory, taken) ->
        ModelSource.ofDirectories(List.of(directory), cpu, taken)
      )
    ) {
      assertThat(ModelCommand.run(data, "load", "listed")).contains("No node runs").endsWith("69");
      keeper.start();
      eventually(() -> Files.exists(list.resolveSibling(NODE + ".json")));
      assertThat(ModelCommand.run(data, "load", "listed"))
        .contains(NODE + ": loaded as listed, ")
        .endsWith("0");
      eventually(() -> announced("listed").contains(false));
      assertThat(ModelCommand.run(data, "load", "listed")).contains("already").endsWith("73");
      assertThat(ModelCommand.run(data, "remove", "listed")).contains("is loaded").endsWith("73");
      assertThat(ModelCommand.run(data, "load", "broken"))
        .contains("tokenizer.json")
        .endsWith("65");
      assertThat(Files.readString(list)).contains("listed").doesNotContain("broken");
      assertThat(ModelCommand.run(data, "unload", "listed")).contains("unloaded").endsWith("0");
      eventually(() -> announced("listed").isEmpty());
      assertThat(ModelCommand.run(data, "unload", "listed")).endsWith("66");
    }
  }

  private static Optional<LoadedEngine> engine(String id) {
    return node
      .engines()
      .stream()
      .filter(engine -> engine.engineId().equals(id))
      .findFirst();
  }

  /** What the last heartbeat says of a model: whether it leaves, nothing if it is not there. */
  private static List<Boolean> announced(String model) {
    return heartbeats
      .stream()
      .filter(h -> h.nodeId().equals(NODE))
      .reduce((_, last) -> last)
      .stream()
      .flatMap(h -> h.engines().stream())
      .filter(engine -> engine.model().equals(model))
      .map(EngineStatus::leaving)
      .toList();
  }

  private static ModelSource source(String name, int stepMillis) {
    EngineConfig config = EngineConfig.defaults();
    return new ModelSource(name, name, Optional.empty(), config, () ->
      Letters.engine(Duration.ofMillis(stepMillis), config)
    );
  }

  private static PrepareRequest prepareRequest(String id, int maxNewTokens) {
    return new PrepareRequest(id, 1, List.of(new PromptMessage("user", "hello")), maxNewTokens);
  }

  private static GenerateRequest request(String id, int maxNewTokens, int allowed) {
    return new GenerateRequest(
      id,
      1,
      HUB,
      Optional.empty(),
      Sampling.greedy(),
      maxNewTokens,
      List.of(),
      List.of(),
      allowed,
      60_000
    );
  }

  private static PrepareReply prepare(String engine, String id, int maxNewTokens) {
    return PrepareReply.fromJson(askPrepare(engine, prepareRequest(id, maxNewTokens)));
  }

  private static JsonObject askPrepare(String engine, PrepareRequest request) {
    return ask(InferenceAddresses.prepare(NODE, engine), request.toJson());
  }

  private static GenerateReply generate(String engine, String id, int maxNewTokens, int allowed) {
    JsonObject request = request(id, maxNewTokens, allowed).toJson();
    return GenerateReply.fromJson(ask(InferenceAddresses.generate(NODE, engine), request));
  }

  private static JsonObject ask(String address, JsonObject message) {
    DeliveryOptions options = new DeliveryOptions().setSendTimeout(5_000);
    return hub.eventBus().<JsonObject>request(address, message, options).await().body();
  }

  private static JsonObject ok() {
    return new GenerateReply.Accepted().toJson();
  }

  private static String code(JsonObject reply) {
    return reply.getJsonObject("error").getString("code");
  }

  private static List<GenerationEvent> events(String id) {
    return events
      .stream()
      .filter(event -> event.generationId().equals(id))
      .toList();
  }

  private static String text(String id) {
    StringBuilder text = new StringBuilder();
    for (GenerationEvent event : events(id)) {
      if (event instanceof Delta delta) {
        text.append(delta.text());
      }
    }
    return text.toString();
  }

  private static boolean ended(String id) {
    List<GenerationEvent> events = events(id);
    return !events.isEmpty() && events.getLast().last();
  }

  private static ListAppender<ILoggingEvent> listen() {
    ListAppender<ILoggingEvent> appender = new ListAppender<>();
    appender.start();
    Logger logger = (Logger) LoggerFactory.getLogger(InferenceVerticle.class);
    logger.setLevel(ch.qos.logback.classic.Level.WARN);
    logger.setAdditive(false);
    logger.addAppender(appender);
    return appender;
  }

  private static List<Integer> freePorts() throws IOException {
    try (
      ServerSocket one = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
      ServerSocket two = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())
    ) {
      return List.of(one.getLocalPort(), two.getLocalPort());
    }
  }

  private static void eventually(BooleanSupplier holds) throws InterruptedException {
    long until = System.nanoTime() + 15_000_000_000L;
    while (!holds.getAsBoolean()) {
      assertThat(System.nanoTime()).as("in time").isLessThan(until);
      Thread.sleep(5);
    }
  }
}
