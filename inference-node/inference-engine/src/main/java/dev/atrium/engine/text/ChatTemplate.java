package dev.atrium.engine.text;

import java.util.List;
import java.util.Map;

/**
 * A model's chat template, compiled. What it can't do is an error of {@link #compile}, with line
 * and column. May be shared between threads.
 */
public final class ChatTemplate {

  private ChatTemplate() {}

  public static ChatTemplate compile(String source) {
    return compile(source, Map.of());
  }

  /**
   * @param specialTokens variables such as {@code bos_token} whose text is trusted
   * @throws TemplateException with the place of the first thing that is wrong or not supported
   */
  public static ChatTemplate compile(String source, Map<String, String> specialTokens) {
    throw new TemplateException(1, 1, "chat templates are not supported yet");
  }

  /**
   * @param extra further variables, of plain Java types; their strings are untrusted
   * @throws TemplateException if the template refuses the messages or runs out of bounds
   */
  public List<Segment> render(
    List<ChatMessage> messages,
    Map<String, Object> extra,
    boolean addGenerationPrompt
  ) {
    throw new TemplateException(1, 1, "chat templates are not supported yet");
  }
}
