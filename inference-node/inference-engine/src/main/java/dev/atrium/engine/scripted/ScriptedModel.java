package dev.atrium.engine.scripted;

import dev.atrium.engine.model.MemoryPlan;
import dev.atrium.engine.model.ModelRunner;
import dev.atrium.engine.model.Precision;
import dev.atrium.engine.model.RunnerInfo;
import dev.atrium.engine.text.ChatTemplate;
import dev.atrium.engine.text.GenerationDefaults;
import dev.atrium.engine.text.ModelText;
import dev.atrium.engine.text.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * A model directory that holds a {@code script.json} in place of weights. It answers with {@link
 * CountedWords}, at an even pace, and needs neither a graphics card nor memory; prompts are read in no
 * time. It exists so that hubs can be put under load without one, and everything but the network is
 * the real thing. Tokens are the bytes of UTF-8.
 *
 * <p>Where the script wants a clock, the time at which a token was drawn stands in the text before
 * every eighth word, as one token {@code @mmmm;}: milliseconds of the system's clock, modulo {@link
 * #CLOCK_MILLIS}. Only then is an answer more than a function of its prompt.
 *
 * @param runner to be stepped by one thread
 * @param text its tokenizer and template
 */
public record ScriptedModel(ModelRunner runner, ModelText text) {
  /** The written time starts again from 0 after so many milliseconds. */
  public static final int CLOCK_MILLIS = 10_000;

  private static final int END = 256;
  private static final int USER = 257;
  private static final int ASSISTANT = 258;
  private static final List<String> SPECIALS = List.of(
    "<|end|>",
    "<|user|>",
    "<|assistant|>",
    "<|system|>"
  );
  private static final int FIRST_CLOCK = 256 + SPECIALS.size();
  private static final int NOW = -1;
  private static final int WORDS_PER_CLOCK = 8;
  private static final int CACHED_CONTEXTS = 256;
  private static final int KEPT_ANSWERS = 4_096;
  private static final String TEMPLATE =
    "{% for m in messages %}{% if m.role == 'user' %}<|user|>{% elif m.role == 'assistant' %}" +
    "<|assistant|>{% else %}<|system|>{% endif %}{{ m.content }}{% endfor %}" +
    "{% if add_generation_prompt %}<|assistant|>{% endif %}";

  /** Whether the directory has a script and no weights. */
  public static boolean isAt(Path dir) {
    return Files.exists(dir.resolve(ScriptConfig.FILE));
  }

  /**
   * @param cacheTokens size of the arena, 0 for what some hundred answers need
   * @throws dev.atrium.engine.model.ModelLoadException if {@code script.json} says what can't be meant
   */
  public static ScriptedModel load(Path dir, int cacheTokens) {
    ScriptConfig config = ScriptConfig.read(dir);
    Tokenizer tokenizer = Tokenizer.ofBytes(SPECIALS, config.clock() ? clockTokens() : List.of());
    RunnerInfo info = new RunnerInfo(
      dir.toAbsolutePath().normalize().getFileName().toString(),
      config.hash(),
      config.context(),
      tokenizer.vocabSize(),
      0,
      Precision.F32,
      cacheTokens > 0 ? cacheTokens : CACHED_CONTEXTS * config.context(),
      0,
      "script",
      MemoryPlan.NONE
    );
    ScriptedRunner runner = ScriptedRunner.of(info, new Answers(config)).withPace(
      Duration.ofNanos(1_000_000_000L / config.tokensPerSecond())
    );
    Optional<ChatTemplate> template = Optional.of(ChatTemplate.compile(TEMPLATE));
    return new ScriptedModel(
      runner,
      ModelText.of(tokenizer, template, GenerationDefaults.GREEDY, Set.of(END))
    );
  }

  private static List<String> clockTokens() {
    return IntStream.range(0, CLOCK_MILLIS).mapToObj("@%04d;"::formatted).toList();
  }

  /** What comes next, by the history alone: the last question, and how much of its answer is there. */
  private static final class Answers implements ScriptedRunner.Script {

    private final ScriptConfig config;
    private final Map<String, int[]> known = new LinkedHashMap<>(16, 0.75f, true) {
      private static final long serialVersionUID = 1L;

      @Override
      protected boolean removeEldestEntry(Map.Entry<String, int[]> eldest) {
        return size() > KEPT_ANSWERS;
      }
    };

    Answers(ScriptConfig config) {
      this.config = config;
    }

    @Override
    public int next(int[] history) {
      return next(history, 0, history.length);
    }

    @Override
    public int next(int[] arena, int from, int to) {
      int answer = lastIndexOf(arena, ASSISTANT, from, to);
      int question = lastIndexOf(arena, USER, from, answer);
      if (question < from) {
        throw new IllegalStateException("a scripted model answers questions only");
      }
      byte[] utf8 = new byte[answer - question - 1];
      for (int i = 0; i < utf8.length; i++) {
        utf8[i] = (byte) arena[question + 1 + i];
      }
      int[] tokens = known.computeIfAbsent(
        new String(utf8, StandardCharsets.UTF_8),
        this::tokensOfAnswer
      );
      int written = to - answer - 1;
      int token = written < tokens.length ? tokens[written] : END;
      return token == NOW ? FIRST_CLOCK + (int) (System.currentTimeMillis() % CLOCK_MILLIS) : token;
    }

    /** Less than {@code from} where there is none. */
    private static int lastIndexOf(int[] arena, int token, int from, int before) {
      int at = before - 1;
      while (at >= from && arena[at] != token) {
        at--;
      }
      return at;
    }

    private int[] tokensOfAnswer(String prompt) {
      byte[] utf8 = CountedWords.answerTo(prompt, config.words()).getBytes(StandardCharsets.UTF_8);
      List<Integer> tokens = new ArrayList<>(utf8.length);
      int words = 0;
      for (int i = 0; i < utf8.length; i++) {
        boolean begins = (i == 0 || utf8[i - 1] == ' ') && Character.isDigit(utf8[i]);
        if (config.clock() && begins && words++ % WORDS_PER_CLOCK == 0) {
          tokens.add(NOW);
        }
        tokens.add(utf8[i] & 0xff);
      }
      return tokens.stream().mapToInt(Integer::intValue).toArray();
    }
  }
}
