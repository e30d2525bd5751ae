package dev.atrium.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.atrium.engine.model.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Real weights: the 200 greedy steps of stories260K, from its start token alone. */
class GoldenTest {

  private static final Path SHARED = Path.of(
    System.getProperty("atrium.root", "."),
    "..",
    "shared"
  );
  private static final Path MODEL = SHARED.resolve("models/stories260k");

  @BeforeEach
  void needsTheModel() {
    boolean there = Files.isDirectory(MODEL);
    if (!there) {
      System.out.println("skipped: the stories260k model is not in " + MODEL);
    }
    assumeTrue(there);
  }

  @Test
  void writesTheGoldenStory() throws IOException {
    EngineConfig config = EngineConfig.defaults().withPrecision(Precision.F32).withThreads(1);
    List<EngineEvent> events = new ArrayList<>();
    try (LlmEngine engine = LlmEngine.load(MODEL, config)) {
      assertThat(engine.model().parameters()).isEqualTo(260_032);
      int[] start = engine.text().completionIds("");
      engine.submit(SequenceRequest.of("story", start, SamplingParams.GREEDY, 200));
      while (engine.hasWork()) {
        engine.step(events::add);
      }
    }
    int[] golden = new ObjectMapper().readValue(
      MODEL.resolve("golden_ids.json").toFile(),
      int[].class
    );
    assertThat(ids(events)).isEqualTo(golden);
    assertThat(text(events)).isEqualTo(Files.readString(MODEL.resolve("golden.txt")));
  }

  private static int[] ids(List<EngineEvent> events) {
    return events
      .stream()
      .filter(EngineEvent.Text.class::isInstance)
      .flatMapToInt(e -> Arrays.stream(((EngineEvent.Text) e).tokenIds()))
      .toArray();
  }

  private static String text(List<EngineEvent> events) {
    StringBuilder text = new StringBuilder();
    events.forEach(e -> text.append(e instanceof EngineEvent.Text t ? t.text() : ""));
    return text.toString();
  }
}
