package dev.atrium.inference.api;

import io.vertx.core.json.JsonObject;

/**
 * On whose behalf a node works. Both ids mean nothing to it: departments share an engine fairly, users
 * share what their department gets, and what was computed for one user is used for no other.
 */
public record Party(String department, String user) {
  public Party {
    Check.id("department", department);
    Check.id("user", user);
  }

  public JsonObject toJson() {
    return new JsonObject().put("department", department).put("user", user);
  }

  /** @throws BadMessageException if it breaks the contract */
  public static Party fromJson(JsonObject json) {
    Fields fields = new Fields(json);
    return new Party(fields.string("department"), fields.string("user"));
  }
}
