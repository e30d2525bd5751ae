package dev.atrium.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.engine.grammar.OutputFormat;
import dev.atrium.engine.reply.ReplyPart;
import dev.atrium.engine.scripted.ScriptedRunner;
import dev.atrium.engine.text.ChatMessage;
import dev.atrium.engine.text.ChatTemplate;
import dev.atrium.engine.text.ModelText;
import dev.atrium.engine.text.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An engine tells thought, answer and calls apart, where it is asked to, and goes on doing so. */
class ReplyPartsTest {

  private static final int END = 256;
  private static final int GO = 257;
  private static final int THOUGHT = 259;
  private static final Map<String, Object> WEATHER = Map.of("name", "weather");
  private static final String TEMPLATE =
    "{% for t in tools or [] %}{{ t | tojson }}{% endfor %}{% for m in messages %}{{ m.role }}: " +
    "{{ m.content.split('</think>')[-1] }}\n{% endfor %}<|go|>" +
    "{% if enable_thinking is defined and not enable_thinking %}<think></think>{% endif %}" +
    "{# <tool_call> #}";
  private static final String CALL =
    "<tool_call>{\"name\": \"weather\", \"arguments\": {\"p\": \"河内\"}}</tool_call>";

  /** Control tokens are tokens, as in the vocabularies of the families. */
  private static final List<Object> SAID = List.of(
    258,
    "\nhm\n",
    THOUGHT,
    "\n\nOne moment.\n",
    CALL
  );

  private LlmEngine engine;

  @BeforeEach
  void load() {
    Tokenizer tokenizer = Tokenizer.ofBytes(List.of("<|end|>", "<|go|>", "<think>", "</think>"));
    int[] said = ids(SAID);
    ScriptedRunner runner = ScriptedRunner.of(tokenizer.vocabSize(), 1_000, 4_000, history -> {
      int from = 0;
      while (history[from] != GO) {
        from++;
      }
      int written = history.length - from - 1;
      return written < said.length ? said[written] : END;
    });
    engine = LlmEngine.over(
      runner,
      ModelText.of(tokenizer, Optional.of(ChatTemplate.compile(TEMPLATE)), Set.of(END)),
      Harness.SMALL
    );
  }

  @AfterEach
  void close() {
    engine.close();
  }

  @Test
  void thoughtAnswerAndCallAreTold() {
    List<EngineEvent.Text> heard = run(prepared(true, List.of(WEATHER)), new int[0]);
    assertThat(parts(heard)).containsExactly(
      new ReplyPart.Thought("hm"),
      new ReplyPart.Answer("One moment."),
      new ReplyPart.ToolCall("weather", "{\"p\":\"河内\"}")
    );
    assertThat(text(heard)).isEqualTo("<think>\nhm\n</think>\n\nOne moment.\n" + CALL);
    assertThat(tokens(heard)).isEqualTo(ids(SAID));
  }

  @Test
  void withoutBeingAskedNothingIsTakenApartAndControlTokensHaveNoText() {
    List<EngineEvent.Text> heard = run(prepared(false, List.of(WEATHER)), new int[0]);
    assertThat(parts(heard)).isEmpty();
    assertThat(text(heard)).isEqualTo("\nhm\n\n\nOne moment.\n" + CALL);
  }

  @Test
  void whereNoToolsWereOfferedThereAreNoCalls() {
    assertThat(parts(run(prepared(true, List.of()), new int[0]))).containsExactly(
      new ReplyPart.Thought("hm"),
      new ReplyPart.Answer("One moment.\n" + CALL)
    );
  }

  @Test
  void partsGoOnFromAnyToken() {
    PreparedPrompt prompt = prepared(true, List.of(WEATHER));
    int[] all = ids(SAID);
    List<ReplyPart> whole = parts(run(prompt, new int[0]));
    for (int cut = 0; cut < all.length; cut++) {
      List<EngineEvent.Text> rest = run(prompt, Arrays.copyOf(all, cut));
      List<ReplyPart> told = parts(rest);
      // What comes is the end of what would have come.
      assertThat(whole.getLast()).as("cut at %d", cut).isEqualTo(told.getLast());
      assertThat(told.size()).isLessThanOrEqualTo(whole.size());
    }
  }

  @Test
  void toolsAndThinkingReachTheTemplate() {
    PromptOptions options = new PromptOptions(
      OutputFormat.FREE,
      List.of(WEATHER),
      Optional.of(false),
      true
    );
    PreparedPrompt prompt = engine.prepare(
      List.of(
        new ChatMessage("user", "a"),
        new ChatMessage("assistant", "<think>long</think>b"),
        new ChatMessage("user", "c")
      ),
      0,
      options,
      100
    );
    byte[] bytes = new byte[prompt.ids().length];
    int n = 0;
    for (int id : prompt.ids()) {
      if (id < 256) {
        bytes[n++] = (byte) id;
      }
    }
    // The thought of an earlier turn is not shown to the model again.
    assertThat(new String(bytes, 0, n, StandardCharsets.UTF_8)).isEqualTo(
      "{\"name\": \"weather\"}user: a\nassistant: b\nuser: c\n"
    );
    assertThat(prompt.ids()[prompt.ids().length - 1]).isEqualTo(THOUGHT);
    assertThat(prompt.reply().orElseThrow().inThought()).isFalse();
  }

  private PreparedPrompt prepared(boolean parts, List<Map<String, Object>> tools) {
    return engine.prepare(
      List.of(new ChatMessage("user", "weather?")),
      0,
      new PromptOptions(OutputFormat.FREE, tools, Optional.empty(), parts),
      500
    );
  }

  private List<EngineEvent.Text> run(PreparedPrompt prompt, int[] before) {
    List<EngineEvent.Text> heard = new ArrayList<>();
    engine.submit(
      new SequenceRequest(
        "a",
        prompt.ids(),
        before,
        SamplingParams.GREEDY,
        prompt.maxNewTokens(),
        List.of(),
        500,
        0,
        Party.NONE,
        0,
        prompt.reply()
      )
    );
    while (engine.hasWork()) {
      engine.step(event -> {
        if (event instanceof EngineEvent.Text text) {
          heard.add(text);
        }
      });
    }
    return heard;
  }

  private static List<ReplyPart> parts(List<EngineEvent.Text> heard) {
    List<ReplyPart> joined = new ArrayList<>();
    for (EngineEvent.Text text : heard) {
      for (ReplyPart part : text.parts()) {
        ReplyPart last = joined.isEmpty() ? null : joined.getLast();
        if (
          part instanceof ReplyPart.Thought(var more) && last instanceof ReplyPart.Thought(var t)
        ) {
          joined.set(joined.size() - 1, new ReplyPart.Thought(t + more));
        } else if (
          part instanceof ReplyPart.Answer(var more) && last instanceof ReplyPart.Answer(var t)
        ) {
          joined.set(joined.size() - 1, new ReplyPart.Answer(t + more));
        } else {
          joined.add(part);
        }
      }
    }
    return joined;
  }

  private static String text(List<EngineEvent.Text> heard) {
    StringBuilder all = new StringBuilder();
    heard.forEach(text -> all.append(text.text()));
    return all.toString();
  }

  private static int[] tokens(List<EngineEvent.Text> heard) {
    return heard
      .stream()
      .flatMapToInt(text -> Arrays.stream(text.tokenIds()))
      .toArray();
  }

  private static int[] ids(List<Object> said) {
    List<Integer> ids = new ArrayList<>();
    for (Object piece : said) {
      if (piece instanceof Integer id) {
        ids.add(id);
      } else {
        Arrays.stream(Harness.bytes((String) piece)).forEach(ids::add);
      }
    }
    return ids
      .stream()
      .mapToInt(id -> id)
      .toArray();
  }
}
