package dev.atrium.inference.api;

import io.vertx.core.json.JsonObject;
import java.util.Set;

/**
 * One message of a prompt, as the model's chat template will see it.
 *
 * @param role {@code system}, {@code user}, {@code assistant} or {@code tool}
 * @param content plain text; never read as special tokens
 */
public record PromptMessage(String role, String content) {
  private static final Set<String> ROLES = Set.of("system", "user", "assistant", "tool");

  public PromptMessage {
    if (role == null || !ROLES.contains(role)) {
      throw new BadMessageException("role", "must be system, user, assistant or tool");
    }
    Check.text("content", content, Limits.CONTENT_CHARS);
  }

  public JsonObject toJson() {
    return new JsonObject().put("role", role).put("content", content);
  }

  /** @throws BadMessageException if it breaks the contract */
  public static PromptMessage fromJson(JsonObject json) {
    Fields fields = new Fields(json);
    return new PromptMessage(fields.string("role"), fields.string("content"));
  }
}
