package dev.atrium.hub.share;

import dev.atrium.hub.conversation.ConversationDetail;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.Optional;

/**
 * A message as a share keeps it.
 *
 * @param role {@code user} or {@code assistant}
 * @param text what was said: thoughts and calls of tools are not shared
 * @param status how it ended, as {@code complete}
 * @param model of an answer, the model that was asked
 */
public record SharedMessage(
  String role,
  String text,
  Instant createdAt,
  String status,
  Optional<String> model
) {
  static SharedMessage of(ConversationDetail.Message m) {
    return new SharedMessage(m.role(), m.text(), m.createdAt(), m.status().code(), m.model());
  }

  static SharedMessage fromJson(JsonObject json) {
    return new SharedMessage(
      json.getString("role"),
      json.getString("text"),
      Instant.parse(json.getString("createdAt")),
      json.getString("status"),
      Optional.ofNullable(json.getString("model"))
    );
  }

  /** The JSON form, on the wire and under the encryption. */
  public JsonObject toJson() {
    JsonObject json = new JsonObject()
      .put("role", role)
      .put("text", text)
      .put("createdAt", createdAt.toString())
      .put("status", status);
    model.ifPresent(name -> json.put("model", name));
    return json;
  }

  /** Without the text. */
  @Override
  public String toString() {
    return "SharedMessage[" + role + ", " + status + "]";
  }
}
