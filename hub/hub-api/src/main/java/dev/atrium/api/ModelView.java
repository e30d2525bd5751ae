package dev.atrium.api;

import io.vertx.core.json.JsonObject;

/**
 * A model as a user sees it. {@code contextLength} is in tokens, 0 while no node has told it;
 * {@code available} means that a node with it is heard right now.
 */
public record ModelView(
  String name,
  String title,
  Text description,
  int contextLength,
  boolean available,
  boolean isDefault
) {
  /** A sentence in both languages. */
  public record Text(String en, String zh) {}

  /** The JSON form. */
  public JsonObject toJson() {
    return new JsonObject()
      .put("name", name)
      .put("title", title)
      .put("description", new JsonObject().put("en", description.en()).put("zh", description.zh()))
      .put("contextLength", contextLength)
      .put("available", available)
      .put("default", isDefault);
  }

  static ModelView fromJson(JsonObject json) {
    JsonObject text = json.getJsonObject("description");
    return new ModelView(
      json.getString("name"),
      json.getString("title"),
      new Text(text.getString("en"), text.getString("zh")),
      json.getInteger("contextLength"),
      json.getBoolean("available"),
      json.getBoolean("default")
    );
  }
}
