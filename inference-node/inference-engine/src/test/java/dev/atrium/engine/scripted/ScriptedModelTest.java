package dev.atrium.engine.scripted;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.atrium.engine.EngineConfig;
import dev.atrium.engine.EngineEvent;
import dev.atrium.engine.LlmEngine;
import dev.atrium.engine.PreparedPrompt;
import dev.atrium.engine.SamplingParams;
import dev.atrium.engine.SequenceRequest;
import dev.atrium.engine.model.ModelLoadException;
import dev.atrium.engine.text.ChatMessage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScriptedModelTest {

  private static final String FAST = "{\"tokensPerSecond\": 1000}";

  private static final int[] NONE = {};

  @TempDir
  Path folder;

  @Test
  void writesTheWordsThatThePromptAsksFor() throws Exception {
    try (LlmEngine engine = engine(FAST)) {
      List<ChatMessage> chat = List.of(
        new ChatMessage("user", "write 9 words from 1"),
        new ChatMessage("assistant", CountedWords.text(9, 1)),
        new ChatMessage("user", "and now write 5 words from 7, please")
      );
      Written written = write(engine, chat, NONE, 1_000);
      assertThat(written.text()).isEqualTo("7 né 8 9 好 10 11 👋");
      assertThat(written.ids()).hasSize(written.text().getBytes(StandardCharsets.UTF_8).length);
      assertThat(engine.model().kind()).isEqualTo("chat");
    }
  }

  @Test
  void writesAsManyWordsAsTheScriptSaysWhereThePromptNamesNone() throws Exception {
    try (LlmEngine engine = engine("{\"tokensPerSecond\": 1000, \"words\": 12}")) {
      Written written = write(engine, List.of(new ChatMessage("user", "Hello?")), NONE, 999);
      assertThat(written.text()).isEqualTo(CountedWords.text(12, 1));
    }
  }

  @Test
  void goesOnExactlyAfterTheTokensOfAnEarlierAttempt() throws Exception {
    List<ChatMessage> chat = List.of(new ChatMessage("user", "write 6 words from 1"));
    try (LlmEngine engine = engine(FAST)) {
      Written whole = write(engine, chat, NONE, 1_000);
      for (int cut = 0; cut < whole.ids().length; cut++) {
        int[] done = Arrays.copyOf(whole.ids(), cut);
        Written rest = write(engine, chat, done, 1_000);
        int[] joined = IntStream.concat(Arrays.stream(done), Arrays.stream(rest.ids())).toArray();
        assertThat(joined).as("cut after %d tokens", cut).isEqualTo(whole.ids());
        assertThat(whole.text()).endsWith(rest.text());
      }
    }
  }

  @Test
  void keepsThePaceOfItsScript() throws Exception {
    try (LlmEngine engine = engine("{\"tokensPerSecond\": 50}")) {
      long begin = System.nanoTime();
      Written written = write(engine, List.of(new ChatMessage("user", "write 9 words")), NONE, 25);
      double seconds = (System.nanoTime() - begin) / 1e9;
      assertThat(written.ids()).hasSize(25);
      // The first token comes at once. Nothing bounds a busy machine from above.
      assertThat(seconds).isGreaterThan(24 / 50.0 - 0.02);
    }
  }

  @Test
  void theClockIsATokenOfItsOwnThatSaysWhenItWasDrawn() throws Exception {
    try (LlmEngine engine = engine("{\"tokensPerSecond\": 1000, \"clock\": true}")) {
      long before = System.currentTimeMillis();
      Written written = write(
        engine,
        List.of(new ChatMessage("user", "write 17 words")),
        NONE,
        999
      );
      long took = System.currentTimeMillis() - before;
      Matcher clock = Pattern.compile("@(\\d{4});").matcher(written.text());
      int clocks = 0;
      while (clock.find()) {
        long since = Math.floorMod(Integer.parseInt(clock.group(1)) - before, 10_000L);
        assertThat(since).isBetween(0L, took);
        clocks++;
      }
      assertThat(clocks).isEqualTo(3);
      assertThat(clock.replaceAll("")).isEqualTo(CountedWords.text(17, 1));
      int bytes = written.text().getBytes(StandardCharsets.UTF_8).length;
      assertThat(written.ids()).hasSize(bytes - clocks * ("@1234;".length() - 1));
    }
  }

  @Test
  void nodesWithTheSameScriptHaveTheSameRevision() throws Exception {
    try (
      LlmEngine one = engine(FAST);
      LlmEngine same = engine("{ \"tokensPerSecond\" : 1000 }");
      LlmEngine other = engine("{\"tokensPerSecond\": 999}")
    ) {
      assertThat(same.model().revision()).isEqualTo(one.model().revision());
      assertThat(other.model().revision()).isNotEqualTo(one.model().revision());
    }
  }

  @ParameterizedTest
  @CsvSource(
    delimiter = '|',
    value = {
      "nonsense                  | script.json: is not JSON",
      "[1]                       | script.json: is not a JSON object",
      "{\"tokensPerSecond\": 0}    | \"tokensPerSecond\" must be a number from 1 to 1000",
      "{\"tokensPerSecond\": \"20\"} | \"tokensPerSecond\" must be a number from 1 to 1000",
      "{\"context\": 63}           | \"context\" must be a number from 64 to 1048576",
      "{\"words\": -1}             | \"words\" must be a number from 1 to 99999",
      "{\"clock\": 1}              | \"clock\" must be true or false",
      "{\"pace\": 1}               | there is no field \"pace\"",
    }
  )
  void refusesAScriptThatCannotBeMeant(String script, String problem) throws Exception {
    Path dir = directory(script);
    assertThatThrownBy(() -> LlmEngine.load(dir, EngineConfig.defaults()))
      .isInstanceOfSatisfying(ModelLoadException.class, e ->
        assertThat(e.code()).isEqualTo("model_corrupt")
      )
      .hasMessageContaining(problem);
  }

  private LlmEngine engine(String script) throws IOException {
    return LlmEngine.load(directory(script), EngineConfig.defaults());
  }

  private Path directory(String script) throws IOException {
    Path dir = Files.createTempDirectory(folder, "scripted");
    Files.writeString(dir.resolve("script.json"), script);
    return dir;
  }

  private record Written(String text, int[] ids) {}

  private static Written write(LlmEngine engine, List<ChatMessage> chat, int[] done, int most) {
    PreparedPrompt prompt = engine.prepare(chat, most);
    engine.submit(
      new SequenceRequest("it", prompt.ids(), done, SamplingParams.GREEDY, most, List.of(), most, 0)
    );
    StringBuilder text = new StringBuilder();
    List<Integer> ids = new ArrayList<>();
    while (engine.hasWork()) {
      engine.step(event -> {
        if (event instanceof EngineEvent.Text(_, String more, int[] tokens, _, _)) {
          text.append(more);
          for (int token : tokens) {
            ids.add(token);
          }
        }
      });
    }
    return new Written(text.toString(), ids.stream().mapToInt(Integer::intValue).toArray());
  }
}
