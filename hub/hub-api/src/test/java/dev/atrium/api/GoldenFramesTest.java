package dev.atrium.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The golden files are the protocol as other languages see it; the records must read and write exactly them. */
class GoldenFramesTest {

  private static final UUID ID = UUID.fromString("3b0c9c1e-5a51-4c3c-9d2e-0a1b2c3d4e5f");
  private static final UUID CONVERSATION = UUID.fromString("7f9d2a10-1c2b-4d3e-8f40-5a6b7c8d9e0f");
  private static final UUID QUESTION = UUID.fromString("a1a2a3a4-b1b2-4c1c-8d1d-e1e2e3e4e5e6");
  private static final UUID ANSWER = UUID.fromString("b2a2a3a4-b1b2-4c1c-8d1d-e1e2e3e4e5e6");
  private static final UUID GENERATION = UUID.fromString("c3a2a3a4-b1b2-4c1c-8d1d-e1e2e3e4e5e6");
  private static final UUID USER = UUID.fromString("d4a2a3a4-b1b2-4c1c-8d1d-e1e2e3e4e5e6");
  private static final UUID FILE = UUID.fromString("e5a2a3a4-b1b2-4c1c-8d1d-e1e2e3e4e5e6");
  private static final List<ModelView> MODELS = List.of(
    new ModelView(
      "atrium-starter",
      "Starter (small, built in)",
      new ModelView.Text(
        "A very small model that comes with Atrium.",
        "随 Atrium 附带的微型模型。"
      ),
      1024,
      true,
      true
    )
  );

  static Stream<ClientFrame> clientFrames() {
    return Stream.of(
      new ClientFrame.Send(
        ID,
        Optional.of(CONVERSATION),
        Optional.of(ANSWER),
        Optional.of("atrium-starter"),
        "What is Atrium? 你好 👋",
        List.of("phone")
      ),
      new ClientFrame.Send(
        ID,
        Optional.of(CONVERSATION),
        Optional.of(ANSWER),
        Optional.empty(),
        "",
        List.of(
          new PromptFile.New("tides 潮汐.csv", "hour,metres\n3,4.1\n9,0.7\n"),
          new PromptFile.Kept(FILE)
        ),
        List.of()
      ),
      new ClientFrame.Retry(ID, ANSWER, List.of("phone")),
      new ClientFrame.Stop(GENERATION),
      new ClientFrame.Resume(GENERATION, 1, 42),
      new ClientFrame.Ping(1763900000000L)
    );
  }

  static Stream<HubFrame> hubFrames() {
    return Stream.of(
      new HubFrame.Welcome(
        1,
        "hub-1",
        new UserView(USER, "ada", "Ada", "en", List.of("administrator"), false),
        MODELS,
        1200
      ),
      new HubFrame.Models(MODELS),
      new HubFrame.Saved(
        ID,
        CONVERSATION,
        "What is Atrium?",
        QUESTION,
        ANSWER,
        GENERATION,
        1,
        2,
        List.of(new FileView(FILE, "tides 潮汐.csv", 24))
      ),
      new HubFrame.Queued(GENERATION, 2, 1500),
      new HubFrame.Started(GENERATION, 1, "atrium-starter", "node-1"),
      new HubFrame.Delta(GENERATION, 1, 0, 2, HubFrame.Part.THOUGHT, "好 👋 I am"),
      new HubFrame.Finished(
        GENERATION,
        1,
        HubFrame.Reason.DONE,
        120,
        new HubFrame.Usage(31, 40, 15)
      ),
      new HubFrame.Failed(
        GENERATION,
        1,
        ErrorBody.of(ErrorCode.NODE_LOST, Map.of("node", "node-1"), "en")
      ),
      new HubFrame.Resumed(GENERATION, 2, HubFrame.Mode.REWIND, 30),
      new HubFrame.Recovering(GENERATION, 1, HubFrame.Cause.NODE_LOST),
      new HubFrame.Storing(GENERATION, 1, false),
      new HubFrame.ConversationChanged(
        CONVERSATION,
        "What is Atrium?",
        Instant.parse("2026-11-23T20:45:00Z"),
        false
      ),
      new HubFrame.Notice(
        "history_trimmed",
        Map.of("turns", 4),
        "The oldest messages no longer fit; the model did not see them."
      ),
      new HubFrame.Error(
        Optional.of(ID.toString()),
        ErrorBody.of(ErrorCode.MODEL_UNKNOWN, Map.of("model", "gpt-9"), "en")
      ),
      new HubFrame.Pong(1763900000000L, 1200)
    );
  }

  @ParameterizedTest
  @ValueSource(strings = { "", "Hi", "好 👋", "\"\\/\b\f\n\r\t\u0000\u001f\u007f\u2028", "\ud83d" })
  void aDeltaIsWrittenOutByHandAsItsJsonIs(String text) {
    for (HubFrame.Part part : HubFrame.Part.values()) {
      HubFrame delta = new HubFrame.Delta(GENERATION, 3, 0, 12, part, text);
      assertThat(delta.encode()).isEqualTo(delta.toJson().encode());
      assertThat(HubFrame.fromJson(delta.toJson())).isEqualTo(delta);
    }
    // What says nothing else is answer, as from a hub of before there were parts.
    assertThat(new HubFrame.Delta(GENERATION, 3, 0, 12, text).encode()).doesNotContain("part");
  }

  @ParameterizedTest
  @MethodSource("clientFrames")
  void clientFramesAreReadAndWrittenAsInTheGoldenFiles(ClientFrame frame) throws IOException {
    String golden = golden(name(frame), frame.toJson());
    assertThat(frame.toJson()).isEqualTo(new JsonObject(golden));
    assertThat(ClientFrame.decode(golden)).isEqualTo(frame);
  }

  @ParameterizedTest
  @MethodSource("hubFrames")
  void hubFramesAreReadAndWrittenAsInTheGoldenFiles(HubFrame frame) throws IOException {
    String golden = golden(frame.type(), frame.toJson());
    assertThat(frame.toJson()).isEqualTo(new JsonObject(golden));
    assertThat(HubFrame.fromJson(new JsonObject(golden))).isEqualTo(frame);
  }

  @Test
  void everyFrameHasAGoldenFileAndEveryFileAFrame() throws IOException {
    List<Class<?>> made = new ArrayList<>();
    List<String> types = new ArrayList<>();
    clientFrames().forEach(f -> {
        made.add(f.getClass());
        types.add(name(f) + ".json");
      });
    hubFrames().forEach(f -> {
        made.add(f.getClass());
        types.add(f.type() + ".json");
      });
    assertThat(made)
      .contains(ClientFrame.class.getPermittedSubclasses())
      .contains(HubFrame.class.getPermittedSubclasses());
    try (Stream<Path> files = Files.list(folder())) {
      assertThat(
        files.map(p -> p.getFileName().toString()).collect(Collectors.toSet())
      ).containsExactlyInAnyOrderElementsOf(types);
    }
  }

  /** Its type; what is shown with files and without has two. */
  private static String name(ClientFrame frame) {
    return frame instanceof ClientFrame.Send s && !s.files().isEmpty()
      ? s.type() + ".files"
      : frame.type();
  }

  private static Path folder() {
    return Path.of(System.getProperty("atrium.root"), "hub/hub-api/src/main/resources/golden");
  }

  private static String golden(String type, JsonObject made) throws IOException {
    Path file = folder().resolve(type + ".json");
    // -Dgolden.write=true writes the files anew after a deliberate change of the protocol.
    if (Boolean.getBoolean("golden.write")) {
      Files.writeString(file, made.encodePrettily() + "\n");
    }
    return Files.readString(file);
  }
}
