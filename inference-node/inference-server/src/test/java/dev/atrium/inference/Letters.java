package dev.atrium.inference;

import dev.atrium.engine.EngineConfig;
import dev.atrium.engine.LlmEngine;
import dev.atrium.engine.PreparedPrompt;
import dev.atrium.engine.scripted.ScriptedRunner;
import dev.atrium.engine.text.ChatTemplate;
import dev.atrium.engine.text.ModelText;
import dev.atrium.engine.text.Tokenizer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A model that says the alphabet: after any letter comes the next one, after anything else an "a".
 * A prompt that holds an "!" breaks its step.
 */
final class Letters {

  static final int CONTEXT = 2_000;
  private static final int END = 256;

  private Letters() {}

  static LlmEngine engine(Duration stepTime, EngineConfig config) {
    return engine(Letters::next, stepTime, config);
  }

  static LlmEngine engine(ScriptedRunner.Script script, Duration stepTime, EngineConfig config) {
    Tokenizer tokenizer = Tokenizer.ofBytes(List.of("<|end|>"));
    ScriptedRunner runner = ScriptedRunner.of(
      tokenizer.vocabSize(),
      CONTEXT,
      8 * CONTEXT,
      script
    ).withStepTime(stepTime);
    ChatTemplate template = ChatTemplate.compile(
      "{% for m in messages %}{% if m.role == 'tool' %}{{ raise_exception('no tools') }}" +
      "{% endif %}{{ m.role }}: {{ m.content }}\n{% endfor %}> "
    );
    return LlmEngine.over(
      runner,
      ModelText.of(tokenizer, Optional.of(template), Set.of(END)),
      config
    );
  }

  static PreparedPrompt prompt() {
    return new PreparedPrompt(new int[] { '>', ' ' }, CONTEXT, CONTEXT - 2);
  }

  private static int next(int[] history) {
    for (int id : history) {
      if (id == '!') {
        throw new IllegalStateException("broken on purpose");
      }
    }
    int last = history[history.length - 1];
    return last >= 'a' && last < 'z' ? last + 1 : 'a';
  }
}
