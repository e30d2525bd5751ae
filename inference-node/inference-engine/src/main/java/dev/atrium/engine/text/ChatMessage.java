package dev.atrium.engine.text;

import java.util.Map;
import java.util.Objects;

/**
 * One message of a chat as the model's template sees it.
 *
 * @param role usually {@code system}, {@code user}, {@code assistant} or {@code tool}; which roles
 *     and orders are allowed is up to the template
 * @param content plain text, untrusted: special tokens written in it stay text
 * @param more what else templates ask for, of plain Java types: {@code tool_calls}, {@code
 *     tool_call_id}, {@code name}; as untrusted as the content
 */
public record ChatMessage(String role, String content, Map<String, Object> more) {
  public ChatMessage {
    Objects.requireNonNull(role, "role");
    Objects.requireNonNull(content, "content");
    more = Map.copyOf(more);
  }

  /** A message that is its content alone. */
  public ChatMessage(String role, String content) {
    this(role, content, Map.of());
  }
}
