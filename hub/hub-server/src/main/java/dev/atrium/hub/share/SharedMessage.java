package dev.atrium.hub.share;

import dev.atrium.hub.conversation.ConversationDetail;
import dev.atrium.hub.conversation.FileText;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * A message as a share keeps it.
 *
 * @param role {@code user} or {@code assistant}
 * @param text what was said: thoughts and calls of tools are not shared
 * @param files that came with it
 * @param status how it ended, as {@code complete}
 * @param model of an answer, the model that was asked
 */
public record SharedMessage(
  String role,
  String text,
  List<SharedFile> files,
  Instant createdAt,
  String status,
  Optional<String> model
) {
  public SharedMessage {
    files = List.copyOf(files);
  }

  /**
   * A message of a conversation.
   *
   * @param texts what files hold, by id
   */
  static SharedMessage of(ConversationDetail.Message m, Map<UUID, FileText> texts) {
    return new SharedMessage(
      m.role(),
      m.text(),
      m
        .files()
        .stream()
        .map(f -> new SharedFile(f.name(), f.bytes(), texts.get(f.id()).text()))
        .toList(),
      m.createdAt(),
      m.status().code(),
      m.model()
    );
  }

  static SharedMessage fromJson(JsonObject json) {
    return new SharedMessage(
      json.getString("role"),
      json.getString("text"),
      json
        .getJsonArray("files", new JsonArray())
        .stream()
        .map(f -> SharedFile.fromJson((JsonObject) f))
        .toList(),
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
    if (!files.isEmpty()) {
      json.put("files", new JsonArray(files.stream().map(SharedFile::toJson).toList()));
    }
    model.ifPresent(name -> json.put("model", name));
    return json;
  }

  /** Without the text. */
  @Override
  public String toString() {
    return "SharedMessage[" + role + ", " + status + "]";
  }
}
