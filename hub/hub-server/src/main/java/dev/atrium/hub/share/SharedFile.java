package dev.atrium.hub.share;

import io.vertx.core.json.JsonObject;

/**
 * A file of a message as a share keeps it.
 *
 * @param bytes of its text in UTF-8
 */
public record SharedFile(String name, int bytes, String text) {
  static SharedFile fromJson(JsonObject json) {
    return new SharedFile(json.getString("name"), json.getInteger("bytes"), json.getString("text"));
  }

  /** The JSON form, on the wire and under the encryption. */
  JsonObject toJson() {
    return new JsonObject().put("name", name).put("bytes", bytes).put("text", text);
  }

  /** Without name and text. */
  @Override
  public String toString() {
    return "SharedFile[" + bytes + " bytes]";
  }
}
