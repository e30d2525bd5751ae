package dev.atrium.api;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.UUID;

/** The signed-in user as their own client sees them. The locale is "zh" or "en". */
public record UserView(
  UUID id,
  String name,
  String displayName,
  String locale,
  List<String> roles,
  boolean mustChangePassword
) {
  /** The JSON form. */
  public JsonObject toJson() {
    return new JsonObject()
      .put("id", id.toString())
      .put("name", name)
      .put("displayName", displayName)
      .put("locale", locale)
      .put("roles", new JsonArray(roles))
      .put("mustChangePassword", mustChangePassword);
  }

  static UserView fromJson(JsonObject json) {
    return new UserView(
      UUID.fromString(json.getString("id")),
      json.getString("name"),
      json.getString("displayName"),
      json.getString("locale"),
      json.getJsonArray("roles").stream().map(String.class::cast).toList(),
      json.getBoolean("mustChangePassword")
    );
  }
}
