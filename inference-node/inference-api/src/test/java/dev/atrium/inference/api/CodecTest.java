package dev.atrium.inference.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The JSON on the bus is what the golden files say, and nothing else is let in. */
class CodecTest {

  private static final String ID = "7f0c3c1e-2a86-4a53-9a0f-3f1f2f5b9b11";

  /** File, the record it stands for, the record's own JSON, and what reads the file. */
  static Stream<Arguments> golden() {
    PrepareRequest prepare = new PrepareRequest(
      ID,
      1,
      List.of(new PromptMessage("system", "You are Atrium."), new PromptMessage("user", "你好 👋")),
      1,
      512,
      AnswerOptions.PLAIN
    );
    PrepareRequest bound = new PrepareRequest(
      ID,
      1,
      List.of(
        new PromptMessage("user", "Weather in 河内?"),
        new PromptMessage(
          "assistant",
          "",
          List.of(new PromptMessage.Call("call_1", "weather", "{\"place\":\"河内\"}")),
          Optional.empty()
        ),
        new PromptMessage("tool", "22", List.of(), Optional.of("call_1"))
      ),
      0,
      512,
      new AnswerOptions(
        OutputFormat.of("{\"type\":\"integer\"}"),
        Optional.of("[{\"type\":\"function\",\"function\":{\"name\":\"weather\"}}]"),
        Optional.of(false),
        true
      )
    );
    GenerationEvent parted = new GenerationEvent.Delta(
      "g-1",
      1,
      3,
      0,
      "<think>hm</think>\n\n好",
      List.of(120, 121),
      List.of(),
      Optional.of(
        List.of(
          new AnswerPart.Thought("hm"),
          new AnswerPart.Answer("好"),
          new AnswerPart.ToolCall("weather", "{\"place\":\"河内\"}")
        )
      )
    );
    PrepareReply unsupported = new PrepareReply.Refused(
      new InferenceError(
        InferenceError.SCHEMA_UNSUPPORTED,
        Map.of("keyword", "format", "path", "#/properties/day", "reason", "is not kept")
      )
    );
    PrepareReply prepared = new PrepareReply.Prepared(24, 2048, 512, "a1b2c3d4");
    PrepareReply refused = new PrepareReply.Refused(
      new InferenceError("context_full", Map.of("promptTokens", 3000, "contextLength", 2048))
    );
    GenerateRequest generate = new GenerateRequest(
      ID,
      2,
      "hub-1a2b",
      Optional.of(new Party("d-5e6f", "u-7a8b")),
      new Sampling(
        OptionalDouble.of(0.7),
        OptionalInt.of(40),
        OptionalDouble.of(0.9),
        OptionalDouble.of(0.05),
        OptionalDouble.of(1.1),
        OptionalDouble.of(0.5),
        OptionalDouble.of(-0.25),
        Map.of(17, -100.0),
        OptionalInt.of(5),
        8123456789012345678L
      ),
      512,
      List.of("\n\nUser:"),
      List.of(17, 4, 99),
      64,
      300_000
    );
    GenerateReply accepted = new GenerateReply.Accepted();
    GenerateReply notPrepared = new GenerateReply.Refused(InferenceError.of("not_prepared"));
    Allow allow = new Allow("g-1", 1, 128);
    Cancel cancel = new Cancel("g-1", 1);
    Replay replay = new Replay("g-1", 1, 7);
    Replay adopting = new Replay("g-1", 1, 7, Optional.of("hub-9f"));
    Ack ack = new Ack("g-1", 1, 6);
    GenerationEvent held = new GenerationEvent.Delta(
      "g-1",
      1,
      3,
      0,
      "<thi",
      List.of(27),
      List.of(),
      Optional.of(List.of())
    );
    GenerationEvent second = new GenerationEvent.Delta(
      "g-1",
      2,
      3,
      2,
      "好",
      List.of(121),
      List.of(),
      Optional.empty()
    );
    GenerationEvent choiceEnd = new GenerationEvent.ChoiceFinished(
      "g-1",
      2,
      4,
      2,
      GenerationEvent.Reason.STOP,
      new Usage(24, 16, 10, 3)
    );
    GenerateRequest several = new GenerateRequest(
      "g-1",
      2,
      "hub-1a2b",
      Optional.empty(),
      Sampling.defaults(7),
      512,
      List.of(),
      64,
      300_000,
      List.of(new Choice(0, List.of(17, 4)), new Choice(2, List.of()))
    );
    GenerationEvent told = new GenerationEvent.Delta(
      "g-1",
      1,
      3,
      0,
      "好",
      List.of(121),
      List.of(
        new TokenLogprob(
          121,
          -0.25,
          List.of(new TokenLogprob(121, -0.25, List.of()), new TokenLogprob(64, -1.5, List.of()))
        )
      ),
      Optional.empty()
    );
    EventBatch batch = new EventBatch(
      List.of(
        new GenerationEvent.Delta("g-1", 1, 3, "你好", List.of(120, 121)),
        new GenerationEvent.Delta("g-2", 1, 9, "Hi", List.of(64))
      )
    );
    Heartbeat heartbeat = new Heartbeat(
      "node-1",
      Optional.of("0c8f5a3e-6d4c-4a52-9a0e-3f6f1f1c9a77"),
      12,
      Heartbeat.State.UP,
      List.of(
        new EngineStatus(
          "starter",
          "starter",
          "chat",
          "a1b2c3d4",
          "cpu",
          "fp16",
          2048,
          1,
          0,
          16,
          64,
          30_000,
          false
        )
      )
    );
    return Stream.concat(
      Stream.of(
        row("prepare", prepare, prepare.toJson(), PrepareRequest::fromJson),
        row("prepare-options", bound, bound.toJson(), PrepareRequest::fromJson),
        row("prepare-reply-schema", unsupported, unsupported.toJson(), PrepareReply::fromJson),
        row("prepare-reply-prepared", prepared, prepared.toJson(), PrepareReply::fromJson),
        row("prepare-reply-refused", refused, refused.toJson(), PrepareReply::fromJson),
        row("generate", generate, generate.toJson(), GenerateRequest::fromJson),
        row("generate-reply-accepted", accepted, accepted.toJson(), GenerateReply::fromJson),
        row("generate-reply-refused", notPrepared, notPrepared.toJson(), GenerateReply::fromJson),
        row("allow", allow, allow.toJson(), Allow::fromJson),
        row("cancel", cancel, cancel.toJson(), Cancel::fromJson),
        row("replay", replay, replay.toJson(), Replay::fromJson),
        row("replay-adopting", adopting, adopting.toJson(), Replay::fromJson),
        row("ack", ack, ack.toJson(), Ack::fromJson),
        row("event-batch", batch, batch.toJson(), CodecTest::readBatch),
        row("heartbeat", heartbeat, heartbeat.toJson(), Heartbeat::fromJson),
        row("event-delta-parts", parted, parted.toJson(), GenerationEvent::fromJson),
        row("event-delta-logprobs", told, told.toJson(), GenerationEvent::fromJson),
        row("event-delta-held", held, held.toJson(), GenerationEvent::fromJson),
        row("event-delta-choice", second, second.toJson(), GenerationEvent::fromJson),
        row("event-choice-finished", choiceEnd, choiceEnd.toJson(), GenerationEvent::fromJson),
        row("generate-choices", several, several.toJson(), GenerateRequest::fromJson)
      ),
      Stream.of(
        new GenerationEvent.Queued("g-1", 1, 1, 3, 1200),
        new GenerationEvent.Started("g-1", 1, 2, 24, 16),
        new GenerationEvent.Delta("g-1", 1, 3, "你好", List.of(120, 121)),
        new GenerationEvent.Finished(
          "g-1",
          1,
          4,
          GenerationEvent.Reason.STOP,
          new Usage(24, 16, 8, 2)
        ),
        new GenerationEvent.Failed("g-1", 1, 4, InferenceError.of(InferenceError.NODE_LEAVING))
      ).map(event ->
        row(
          "event-" + event.getClass().getSimpleName().toLowerCase(Locale.ROOT),
          event,
          event.toJson(),
          GenerationEvent::fromJson
        )
      )
    );
  }

  /** As a hub of before min-p, penalties, biases and log-probabilities sends it. */
  @Test
  void samplingWithoutItsLaterFieldsIsReadAsBefore() {
    JsonObject old = new JsonObject().put("temperature", 0.7).put("seed", 5).put("unknown", "?");
    assertThat(Sampling.fromJson(old)).isEqualTo(
      Sampling.of(OptionalDouble.of(0.7), OptionalInt.empty(), OptionalDouble.empty(), 5)
    );
    assertThat(Sampling.defaults(5).toJson()).isEqualTo(new JsonObject().put("seed", 5L));
  }

  /** As a hub, and a node, of before fair shares and prefixes send them. */
  @Test
  void whatPartiesPrefixesAndPrefillsBroughtMayBeLeftOut() throws IOException {
    JsonObject generate = read("generate");
    generate.remove("party");
    assertThat(GenerateRequest.fromJson(generate).party()).isEmpty();
    assertThat(GenerateRequest.fromJson(generate).toJson().containsKey("party")).isFalse();
    JsonObject prepare = read("prepare");
    prepare.remove("published");
    assertThat(PrepareRequest.fromJson(prepare).published()).isZero();
    assertThat(PrepareRequest.fromJson(prepare).toJson().containsKey("published")).isFalse();
    JsonObject usage = new Usage(24, 16, 8, 2).toJson();
    usage.remove("prefilledTokens");
    assertThat(Usage.fromJson(usage)).isEqualTo(new Usage(24, 16, 8, 2));
  }

  @Test
  void samplingOutOfItsBoundsIsRefusedByTheField() {
    sampling("minP", 1.5);
    sampling("repetitionPenalty", 0);
    sampling("presencePenalty", 2.5);
    sampling("frequencyPenalty", "much");
    sampling("logprobs", 21);
    sampling("logitBias", new JsonObject().put("x", 1));
    sampling("logitBias", new JsonObject().put("-1", 1));
    sampling("logitBias", new JsonObject().put("1", 101));
    sampling("logitBias", new JsonObject().put("1", true));
    JsonObject many = new JsonObject();
    for (int id = 0; id <= Limits.LOGIT_BIASES; id++) {
      many.put(Integer.toString(id), 1);
    }
    sampling("logitBias", many);
  }

  private static void sampling(String field, Object value) {
    assertThatThrownBy(() ->
      Sampling.fromJson(new JsonObject().put("seed", 1).put(field, value))
    ).isInstanceOfSatisfying(BadMessageException.class, e ->
      assertThat(e.field()).isEqualTo(field)
    );
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("golden")
  void writesAndReadsTheGoldenFile(String file, Object record, JsonObject json, Reader reader)
    throws IOException {
    JsonObject golden = read(file);
    // Through text, as on the wire: a JSON object in memory keeps types that text would not.
    assertThat(new JsonObject(json.encode())).isEqualTo(golden);
    assertThat(reader.read(golden)).isEqualTo(record);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("golden")
  void ignoresFieldsOfALaterVersion(String file, Object record, JsonObject json, Reader reader)
    throws IOException {
    JsonObject later = read(file).put("later", new JsonObject().put("x", 1)).put("more", true);
    assertThat(reader.read(later)).isEqualTo(record);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("golden")
  void refusesEveryFieldOfAWrongTypeWithNothingButItsOwnException(
    String file,
    Object record,
    JsonObject json,
    Reader reader
  ) throws IOException {
    List<Object> wrong = List.of("", "x", -1, 1.5, true, new JsonObject(), new JsonArray().add(-1));
    for (String field : read(file).fieldNames()) {
      for (Object value : wrong) {
        JsonObject bad = read(file).put(field, value);
        assertOnlyBadMessages(() -> reader.read(bad));
      }
      JsonObject missing = read(file);
      missing.remove(field);
      assertOnlyBadMessages(() -> reader.read(missing));
    }
    assertOnlyBadMessages(() -> reader.read(null));
  }

  @Test
  void refusesMoreThanItsBounds() throws IOException {
    refuses("generate", GenerateRequest::fromJson, "stop", json ->
      json.put("stop", new JsonArray(Collections.nCopies(9, "x")))
    );
    refuses("generate", GenerateRequest::fromJson, "stop", json ->
      json.put("stop", new JsonArray().add("x".repeat(257)))
    );
    refuses("generate", GenerateRequest::fromJson, "continueIds", json ->
      json.put("continueIds", new JsonArray(Collections.nCopies(1_000_001, 1)))
    );
    refuses("generate", GenerateRequest::fromJson, "continueIds", json ->
      json.put("continueIds", new JsonArray().add(1L << 40))
    );
    for (String id : List.of("", "a.b", "a b", "ä", "a/b", "x".repeat(65))) {
      refuses("generate", GenerateRequest::fromJson, "owner", json -> json.put("owner", id));
    }
    refuses("generate", GenerateRequest::fromJson, "deadlineMs", json -> json.put("deadlineMs", 0));
    refuses("generate", GenerateRequest::fromJson, "sampling.temperature", json ->
      json.getJsonObject("sampling").put("temperature", Double.NaN)
    );
    refuses("generate", GenerateRequest::fromJson, "party.user", json ->
      json.getJsonObject("party").put("user", "a b")
    );
    refuses("prepare", PrepareRequest::fromJson, "published", json -> json.put("published", 3));
    refuses("prepare", PrepareRequest::fromJson, "protocol", json -> json.put("protocol", 2));
    refuses("prepare", PrepareRequest::fromJson, "messages", json ->
      json.put("messages", new JsonArray())
    );
    refuses("prepare", PrepareRequest::fromJson, "messages[1].role", json ->
      json.getJsonArray("messages").getJsonObject(1).put("role", "root")
    );
    refuses("prepare", PrepareRequest::fromJson, "messages[0].content", json ->
      json.getJsonArray("messages").getJsonObject(0).put("content", "x".repeat(1_000_001))
    );
    refuses("prepare", PrepareRequest::fromJson, "messages", json -> {
      JsonObject long1 = new JsonObject().put("role", "user").put("content", "x".repeat(900_000));
      json.put("messages", new JsonArray(Collections.nCopies(5, long1)));
    });
    refuses("prepare-options", PrepareRequest::fromJson, "options.format.schema", json ->
      format(json).put("schema", "x".repeat(Limits.SCHEMA_CHARS + 1))
    );
    refuses("prepare-options", PrepareRequest::fromJson, "options.format.schema", json ->
      format(json).put("type", "json")
    );
    refuses("prepare-options", PrepareRequest::fromJson, "options.format.type", json ->
      format(json).put("type", "xml")
    );
    refuses("prepare-options", PrepareRequest::fromJson, "options.tools", json ->
      json.getJsonObject("options").put("tools", "x".repeat(Limits.TOOLS_CHARS + 1))
    );
    refuses("event-delta-parts", GenerationEvent::fromJson, "parts[0].type", json ->
      json.getJsonArray("parts").getJsonObject(0).put("type", "song")
    );
    refuses("event-delta", GenerationEvent::fromJson, "type", json -> json.put("type", "later"));
    refuses("event-delta", GenerationEvent::fromJson, "seq", json -> json.put("seq", 0));
  }

  private static JsonObject format(JsonObject prepare) {
    return prepare.getJsonObject("options").getJsonObject("format");
  }

  @Test
  void neverRepeatsTheValueItRefuses() throws IOException {
    JsonObject bad = read("prepare");
    bad.getJsonArray("messages").getJsonObject(1).put("role", "my secret");
    assertThatThrownBy(() -> PrepareRequest.fromJson(bad)).hasMessageNotContaining("secret");
  }

  @Test
  void leavesSamplingOutWhereTheModelDecides() {
    JsonObject json = Sampling.defaults(7).toJson();
    assertThat(json).isEqualTo(new JsonObject().put("seed", 7L));
    assertThat(Sampling.fromJson(json)).isEqualTo(Sampling.defaults(7));
  }

  @Test
  void knowsWhichEventsAreTheEnd() throws IOException {
    assertThat(GenerationEvent.fromJson(read("event-finished")).last()).isTrue();
    assertThat(GenerationEvent.fromJson(read("event-failed")).last()).isTrue();
    assertThat(GenerationEvent.fromJson(read("event-delta")).last()).isFalse();
  }

  @Test
  void readsAnEventThatWasSentByItself() throws IOException {
    assertThat(readBatch(read("event-delta")).events()).containsExactly(
      GenerationEvent.fromJson(read("event-delta"))
    );
  }

  @Test
  void anEventThatCantBeReadTakesNoOtherWithIt() throws IOException {
    JsonObject batch = read("event-batch");
    batch.getJsonArray("events").getJsonObject(0).put("type", "later");
    List<BadMessageException> unreadable = new ArrayList<>();
    List<GenerationEvent> read = EventBatch.read(batch, unreadable::add);
    assertThat(read).containsExactly(new GenerationEvent.Delta("g-2", 1, 9, "Hi", List.of(64)));
    assertThat(unreadable).extracting(BadMessageException::field).containsExactly("type");
  }

  @Test
  void refusesABatchPastItsBound() throws IOException {
    JsonObject event = read("event-delta");
    JsonObject batch = new JsonObject().put(
      "events",
      new JsonArray(Collections.nCopies(EventBatch.MOST + 1, event))
    );
    assertOnlyBadMessages(() -> readBatch(batch));
    assertThatThrownBy(() -> readBatch(batch)).hasMessageContaining("events");
  }

  private static EventBatch readBatch(JsonObject json) {
    return new EventBatch(
      EventBatch.read(json, e -> {
        throw e;
      })
    );
  }

  @Test
  void makesAddressesOfIdsWithoutDotsOnly() {
    assertThat(InferenceAddresses.prepare("n1", "starter")).isEqualTo(
      "inference.n1.starter.prepare"
    );
    assertThat(InferenceAddresses.hubEvents("hub-1")).isEqualTo("hub.hub-1.events");
    assertThatThrownBy(() -> InferenceAddresses.ack("n.1", "starter")).isInstanceOf(
      BadMessageException.class
    );
  }

  /** One of the static {@code fromJson} methods. */
  interface Reader {
    Object read(JsonObject json);
  }

  private static Arguments row(String file, Object record, JsonObject json, Reader reader) {
    return Arguments.of(file, record, json, reader);
  }

  private static void refuses(
    String file,
    Reader reader,
    String field,
    Consumer<JsonObject> spoiling
  ) throws IOException {
    JsonObject bad = read(file);
    spoiling.accept(bad);
    assertThatThrownBy(() -> reader.read(bad)).isInstanceOfSatisfying(
      BadMessageException.class,
      e -> assertThat(e.field()).isEqualTo(field)
    );
  }

  private static void assertOnlyBadMessages(ThrowingCallable reading) {
    try {
      reading.call();
    } catch (Throwable e) {
      assertThat(e).isInstanceOf(BadMessageException.class);
    }
  }

  private static JsonObject read(String file) throws IOException {
    try (InputStream in = CodecTest.class.getResourceAsStream("/golden/" + file + ".json")) {
      return new JsonObject(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    }
  }
}
