package dev.atrium.engine;

import dev.atrium.engine.grammar.Grammar;
import dev.atrium.engine.grammar.Grammars;
import dev.atrium.engine.grammar.OutputFormat;
import dev.atrium.engine.grammar.SchemaException;
import dev.atrium.engine.reply.ReplyFormat;
import dev.atrium.engine.text.ChatMessage;
import dev.atrium.engine.text.ModelText;
import dev.atrium.engine.text.Segment;
import dev.atrium.engine.text.TemplateException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Makes prompts of chats, with what their answers are bound to. May be shared between threads. */
final class Prompts {

  private final ModelText text;
  private final Grammars grammars;
  private final int maxTokens;

  /** @param maxTokens what prompt and answer may reach together */
  Prompts(ModelText text, int vocabSize, int maxTokens) {
    this.text = text;
    this.grammars = new Grammars(text.tokenizer(), vocabSize, text.eosIds());
    this.maxTokens = maxTokens;
  }

  PreparedPrompt prepare(List<ChatMessage> messages, PromptOptions options, int maxNewTokens) {
    try {
      Optional<Grammar> grammar = grammar(options.format());
      List<Segment> prompt = text.rendered(messages, variables(options));
      int[] ids = text.tokenizer().encodeSegments(prompt);
      requireRoom(ids.length);
      int most = Math.min(maxNewTokens, maxTokens - ids.length);
      return new PreparedPrompt(ids, maxTokens, most, grammar, reply(options, prompt));
    } catch (TemplateException e) {
      throw new PromptException("template_error", Map.of("reason", e.reason()), e.getMessage());
    }
  }

  private static Map<String, Object> variables(PromptOptions options) {
    Map<String, Object> variables = new HashMap<>();
    if (!options.tools().isEmpty()) {
      variables.put("tools", options.tools());
    }
    options.thinking().ifPresent(thinking -> variables.put("enable_thinking", thinking));
    return variables;
  }

  private Optional<ReplyFormat> reply(PromptOptions options, List<Segment> prompt) {
    if (!options.parts()) {
      return Optional.empty();
    }
    String end = prompt.isEmpty() ? "" : prompt.getLast().text();
    return text
      .template()
      .map(template -> ReplyFormat.of(template.source()).after(end, !options.tools().isEmpty()));
  }

  Optional<Grammar> grammar(OutputFormat format) {
    if (format.equals(OutputFormat.FREE)) {
      return Optional.empty();
    }
    try {
      return Optional.of(grammars.of(format));
    } catch (SchemaException e) {
      throw new PromptException(
        e.code(),
        Map.of("keyword", e.keyword(), "path", e.path(), "reason", e.reason()),
        e.getMessage()
      );
    }
  }

  /** @throws PromptException if no token fits after so many */
  void requireRoom(int promptTokens) {
    if (promptTokens >= maxTokens) {
      throw new PromptException(
        "context_full",
        Map.of("promptTokens", promptTokens, "contextLength", maxTokens),
        "a prompt of " + promptTokens + " tokens leaves no room in a context of " + maxTokens
      );
    }
  }
}
