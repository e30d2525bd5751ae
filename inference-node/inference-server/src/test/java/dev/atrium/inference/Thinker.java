package dev.atrium.inference;

import dev.atrium.engine.EngineConfig;
import dev.atrium.engine.LlmEngine;
import dev.atrium.engine.scripted.ScriptedRunner;
import dev.atrium.engine.text.ChatTemplate;
import dev.atrium.engine.text.ModelText;
import dev.atrium.engine.text.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A model that thinks, answers and calls a tool, always the same way. */
final class Thinker {

  static final String ANSWER =
    "<think>\nhm\n</think>\n\nOne moment.\n" +
    "<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"p\": \"河内\"}}\n</tool_call>";

  /** What its template makes of the chat of the test, before the token that it answers after. */
  static final String PROMPT = "weather;user:weather?;assistant:weather x;tool:22c1;true";

  private static final int END = 256;
  private static final int GO = 257;

  private Thinker() {}

  static LlmEngine engine() {
    Tokenizer tokenizer = Tokenizer.ofBytes(List.of("<|end|>", "<|go|>"));
    byte[] answer = ANSWER.getBytes(StandardCharsets.UTF_8);
    ScriptedRunner runner = ScriptedRunner.of(tokenizer.vocabSize(), 1_000, 8_000, history -> {
      int from = 0;
      while (history[from] != GO) {
        from++;
      }
      int written = history.length - from - 1;
      return written < answer.length ? answer[written] & 0xff : END;
    });
    ChatTemplate template = ChatTemplate.compile(
      "{% for t in tools or [] %}{{ t.name }};{% endfor %}{% for m in messages %}{{ m.role }}:" +
      "{{ m.content }}{% for c in m.tool_calls %}{{ c.function.name }} " +
      "{{ c.function.arguments.p }}{% endfor %}{{ m.tool_call_id }};{% endfor %}" +
      "{{ 'true' if enable_thinking }}<|go|>{# </think> <tool_call> #}"
    );
    return LlmEngine.over(
      runner,
      ModelText.of(tokenizer, Optional.of(template), Set.of(END)),
      EngineConfig.defaults()
    );
  }
}
