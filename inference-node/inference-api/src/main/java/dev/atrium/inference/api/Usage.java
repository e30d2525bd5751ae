package dev.atrium.inference.api;

import io.vertx.core.json.JsonObject;

/**
 * What an attempt used, in tokens.
 *
 * @param promptTokens tokens of the prompt
 * @param cachedTokens those of them that were already computed
 * @param prefilledTokens tokens that were computed to be read: what was not cached of the prompt, what
 *     an earlier attempt wrote, and both again where the sequence had to give its place up
 * @param completionTokens tokens of the answer, those of {@code continueIds} included
 */
public record Usage(int promptTokens, int cachedTokens, int prefilledTokens, int completionTokens) {
  public Usage {
    Check.tokens("promptTokens", promptTokens);
    Check.tokens("cachedTokens", cachedTokens);
    Check.within("prefilledTokens", prefilledTokens, 0, Integer.MAX_VALUE);
    Check.tokens("completionTokens", completionTokens);
  }

  public JsonObject toJson() {
    return new JsonObject()
      .put("promptTokens", promptTokens)
      .put("cachedTokens", cachedTokens)
      .put("prefilledTokens", prefilledTokens)
      .put("completionTokens", completionTokens);
  }

  /** @throws BadMessageException if it breaks the contract */
  public static Usage fromJson(JsonObject json) {
    Fields fields = new Fields(json);
    int prompt = fields.int32("promptTokens");
    int cached = fields.int32("cachedTokens");
    return new Usage(
      prompt,
      cached,
      // Nodes of before this field was there had nothing cached and did not count again.
      fields.optionalInt("prefilledTokens").orElse(Math.max(0, prompt - cached)),
      fields.int32("completionTokens")
    );
  }
}
