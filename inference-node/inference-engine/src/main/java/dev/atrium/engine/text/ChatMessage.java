package dev.atrium.engine.text;

import java.util.Objects;

/**
 * One message of a chat as the model's template sees it.
 *
 * @param role usually {@code system}, {@code user}, {@code assistant} or {@code tool}; which roles
 *     and orders are allowed is up to the template
 * @param content plain text, untrusted: special tokens written in it stay text
 */
public record ChatMessage(String role, String content) {
  public ChatMessage {
    Objects.requireNonNull(role, "role");
    Objects.requireNonNull(content, "content");
  }
}
