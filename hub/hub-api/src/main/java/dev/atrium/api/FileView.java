package dev.atrium.api;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.UUID;

/**
 * A file of a message as clients are told of it.
 *
 * @param bytes of its text in UTF-8
 */
public record FileView(UUID id, String name, int bytes) {
  /** The JSON form of those of one message. */
  public static JsonArray toJson(List<FileView> files) {
    JsonArray json = new JsonArray();
    files.forEach(f ->
      json.add(
        new JsonObject().put("id", f.id.toString()).put("name", f.name).put("bytes", f.bytes)
      )
    );
    return json;
  }

  /** Reads those of one message; none if there is no list. */
  static List<FileView> fromJson(JsonArray json) {
    return json == null
      ? List.of()
      : json
        .stream()
        .map(item -> new Fields((JsonObject) item))
        .map(f -> new FileView(f.id("id"), f.text("name"), f.count("bytes")))
        .toList();
  }

  /** Without the name. */
  @Override
  public String toString() {
    return "FileView[" + id + "]";
  }
}
