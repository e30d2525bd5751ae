package dev.atrium.inference.api;

import io.vertx.core.json.JsonObject;

/**
 * What an attempt used, in tokens.
 *
 * @param promptTokens tokens of the prompt
 * @param cachedTokens those of them that were already computed
 * @param completionTokens tokens of the answer, those of {@code continueIds} included
 */
public record Usage(int promptTokens, int cachedTokens, int completionTokens) {
  public Usage {
    Check.tokens("promptTokens", promptTokens);
    Check.tokens("cachedTokens", cachedTokens);
    Check.tokens("completionTokens", completionTokens);
  }

  public JsonObject toJson() {
    return new JsonObject()
      .put("promptTokens", promptTokens)
      .put("cachedTokens", cachedTokens)
      .put("completionTokens", completionTokens);
  }

  /** @throws BadMessageException if it breaks the contract */
  public static Usage fromJson(JsonObject json) {
    Fields fields = new Fields(json);
    return new Usage(
      fields.int32("promptTokens"),
      fields.int32("cachedTokens"),
      fields.int32("completionTokens")
    );
  }
}
