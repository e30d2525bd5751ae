package dev.atrium.inference.api;

import io.vertx.core.json.JsonObject;

/** What a node answers to a {@link PrepareRequest}. */
public sealed interface PrepareReply {
  /**
   * The prompt fits and is kept for {@link #KEPT_MS}.
   *
   * @param promptTokens what the prompt costs, in tokens
   * @param contextLength what prompt and answer may reach together, in tokens
   * @param maxNewTokens what of the wanted length fits, in tokens
   * @param revision hash over weights, tokenizer, template and precision; only an engine of the same
   *     revision may continue this answer
   */
  record Prepared(int promptTokens, int contextLength, int maxNewTokens, String revision) implements
    PrepareReply {
    public Prepared {
      Check.tokens("promptTokens", promptTokens);
      Check.within("contextLength", contextLength, 1, Limits.TOKENS * 100);
      Check.tokens("maxNewTokens", maxNewTokens);
      Check.name("revision", revision);
    }

    @Override
    public JsonObject toJson() {
      return new JsonObject()
        .put("ok", true)
        .put("promptTokens", promptTokens)
        .put("contextLength", contextLength)
        .put("maxNewTokens", maxNewTokens)
        .put("revision", revision);
    }
  }

  /** Not on this node, and why. */
  record Refused(InferenceError error) implements PrepareReply {
    @Override
    public JsonObject toJson() {
      return Json.refusal(error);
    }
  }

  /** How long a node keeps a prepared prompt for its {@link GenerateRequest}, in milliseconds. */
  long KEPT_MS = 15_000;

  JsonObject toJson();

  /** @throws BadMessageException if it breaks the contract */
  static PrepareReply fromJson(JsonObject json) {
    Fields fields = new Fields(json);
    return fields.bool("ok")
      ? new Prepared(
        fields.int32("promptTokens"),
        fields.int32("contextLength"),
        fields.int32("maxNewTokens"),
        fields.string("revision")
      )
      : new Refused(fields.nested("error", InferenceError::fromJson));
  }
}
