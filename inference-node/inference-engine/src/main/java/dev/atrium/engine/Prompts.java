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
import java.util.ArrayList;
import java.util.Arrays;
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

  PreparedPrompt prepare(
    List<ChatMessage> messages,
    int published,
    PromptOptions options,
    int maxNewTokens
  ) {
    try {
      Optional<Grammar> grammar = grammar(options.format());
      Map<String, Object> variables = variables(options);
      List<Segment> prompt = text.rendered(messages, variables);
      int[] ids = text.tokenizer().encodeSegments(prompt);
      requireRoom(ids.length);
      return new PreparedPrompt(
        ids,
        maxTokens,
        Math.min(maxNewTokens, maxTokens - ids.length),
        published == 0 ? 0 : publishedTokens(messages.subList(0, published), variables, ids),
        grammar,
        reply(options, prompt)
      );
    } catch (TemplateException e) {
      throw new PromptException("template_error", Map.of("reason", e.reason()), e.getMessage());
    }
  }

  /**
   * How many tokens depend on the published messages alone: as many as are the same whatever follows
   * them. Two followers that begin differently show that.
   */
  private int publishedTokens(
    List<ChatMessage> published,
    Map<String, Object> variables,
    int[] ids
  ) {
    int[] one = followed(published, variables, "0");
    int[] other = followed(published, variables, "A");
    int same = Math.max(0, Arrays.mismatch(one, other));
    int shared = Arrays.mismatch(ids, 0, ids.length, one, 0, same);
    return shared < 0 ? same : Math.min(same, shared);
  }

  private int[] followed(
    List<ChatMessage> published,
    Map<String, Object> variables,
    String content
  ) {
    List<ChatMessage> messages = new ArrayList<>(published);
    messages.add(new ChatMessage("user", content));
    return text.chatIds(messages, variables);
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
