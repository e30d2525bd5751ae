package dev.atrium.engine.text;

import dev.atrium.engine.text.jinja.JinjaException;
import dev.atrium.engine.text.jinja.Str;
import dev.atrium.engine.text.jinja.Template;
import dev.atrium.engine.text.jinja.Value;
import dev.atrium.engine.text.jinja.Values;
import java.time.Clock;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A model's chat template, compiled. What it can't do is an error of {@link #compile}, with line
 * and column. May be shared between threads. The work of one rendering is bounded.
 */
public final class ChatTemplate {

  private final Template template;
  private final String source;
  private final Map<String, Value> trusted = new HashMap<>();

  private ChatTemplate(Template template, String source, Map<String, String> specialTokens) {
    this.template = template;
    this.source = source;
    specialTokens.forEach((name, token) -> trusted.put(name, Str.trusted(token)));
  }

  /** Without variables for special tokens. */
  public static ChatTemplate compile(String source) {
    return compile(source, Map.of());
  }

  /**
   * @param specialTokens variables such as {@code bos_token} whose text is trusted
   * @throws TemplateException with the place of the first thing that is wrong or not supported
   */
  public static ChatTemplate compile(String source, Map<String, String> specialTokens) {
    return compile(source, specialTokens, Clock.system(ZoneId.systemDefault()));
  }

  /** @param clock the time that templates are told if they ask for it */
  public static ChatTemplate compile(
    String source,
    Map<String, String> specialTokens,
    Clock clock
  ) {
    try {
      return new ChatTemplate(Template.compile(source, clock), source, specialTokens);
    } catch (JinjaException e) {
      throw new TemplateException(e.line(), e.column(), e.getMessage());
    }
  }

  /** Its text: what marks a model makes shows there. */
  public String source() {
    return source;
  }

  /**
   * The prompt in segments: what the template wrote is trusted, whatever came from the messages or
   * from {@code extra} is not, however the template has changed and joined it.
   *
   * @param extra further variables, of plain Java types; their strings are untrusted
   * @param addGenerationPrompt whether the prompt ends where the assistant begins to speak
   * @throws TemplateException if the template refuses the messages or runs out of bounds
   */
  public List<Segment> render(
    List<ChatMessage> messages,
    Map<String, Object> extra,
    boolean addGenerationPrompt
  ) {
    List<Map<String, Object>> plain = new ArrayList<>(messages.size());
    for (ChatMessage message : messages) {
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("role", message.role());
      fields.put("content", message.content());
      fields.putAll(message.more());
      plain.add(fields);
    }
    return renderPlain(plain, extra, addGenerationPrompt);
  }

  /** For messages with more than a role and a content, such as tool calls. */
  public List<Segment> renderPlain(
    List<Map<String, Object>> messages,
    Map<String, Object> extra,
    boolean addGenerationPrompt
  ) {
    try {
      Map<String, Value> variables = new HashMap<>();
      // Callers of these templates always pass both, so that "is defined" says nothing of them.
      variables.put("tools", Value.NONE);
      variables.put("documents", Value.NONE);
      extra.forEach((name, value) -> variables.put(name, Values.untrusted(value)));
      variables.putAll(trusted);
      variables.put("messages", Values.untrusted(messages));
      variables.put("add_generation_prompt", Values.untrusted(addGenerationPrompt));
      Str text = template.render(variables);
      return text
        .pieces()
        .stream()
        .map(p -> new Segment(p.text(), p.trusted()))
        .toList();
    } catch (JinjaException e) {
      throw new TemplateException(e.line(), e.column(), e.getMessage());
    } catch (IllegalArgumentException e) {
      throw new TemplateException(0, 0, e.getMessage());
    }
  }
}
