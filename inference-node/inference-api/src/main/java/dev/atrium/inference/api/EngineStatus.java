package dev.atrium.inference.api;

import io.vertx.core.json.JsonObject;

/**
 * One loaded model of a node, as its {@link Heartbeat} tells it.
 *
 * @param engineId part of the engine's addresses
 * @param model the name that users choose by
 * @param kind {@code chat}; others may follow
 * @param revision hash over weights, tokenizer, template and precision
 * @param device where it runs, such as {@code cpu}
 * @param precision {@code f32}, {@code fp16} or {@code int8}
 * @param contextLength what prompt and answer may reach together, in tokens
 * @param active generations being computed
 * @param waiting generations in the queue
 * @param maxBatch how many may be active
 * @param maxWaiting how many may wait; past it prepare answers overloaded
 * @param freeCacheTokens cache not in use, in tokens
 * @param leaving whether it only finishes what runs, because its model is being unloaded
 */
public record EngineStatus(
  String engineId,
  String model,
  String kind,
  String revision,
  String device,
  String precision,
  int contextLength,
  int active,
  int waiting,
  int maxBatch,
  int maxWaiting,
  long freeCacheTokens,
  boolean leaving
) {
  public EngineStatus {
    Check.id("engineId", engineId);
    Check.name("model", model);
    Check.name("kind", kind);
    Check.name("revision", revision);
    Check.name("device", device);
    Check.name("precision", precision);
    Check.within("contextLength", contextLength, 1, Integer.MAX_VALUE);
    Check.within("active", active, 0, Integer.MAX_VALUE);
    Check.within("waiting", waiting, 0, Integer.MAX_VALUE);
    Check.within("maxBatch", maxBatch, 1, Integer.MAX_VALUE);
    Check.within("maxWaiting", maxWaiting, 0, Integer.MAX_VALUE);
    Check.within("freeCacheTokens", freeCacheTokens, 0, Long.MAX_VALUE);
  }

  public JsonObject toJson() {
    JsonObject json = new JsonObject()
      .put("engineId", engineId)
      .put("model", model)
      .put("kind", kind)
      .put("revision", revision)
      .put("device", device)
      .put("precision", precision)
      .put("contextLength", contextLength)
      .put("active", active)
      .put("waiting", waiting)
      .put("maxBatch", maxBatch)
      .put("maxWaiting", maxWaiting)
      .put("freeCacheTokens", freeCacheTokens);
    return leaving ? json.put("leaving", true) : json;
  }

  /** @throws BadMessageException if it breaks the contract */
  public static EngineStatus fromJson(JsonObject json) {
    Fields fields = new Fields(json);
    return new EngineStatus(
      fields.string("engineId"),
      fields.string("model"),
      fields.string("kind"),
      fields.string("revision"),
      fields.string("device"),
      fields.string("precision"),
      fields.int32("contextLength"),
      fields.int32("active"),
      fields.int32("waiting"),
      fields.int32("maxBatch"),
      fields.int32("maxWaiting"),
      fields.integer("freeCacheTokens"),
      json.getValue("leaving") != null && fields.bool("leaving")
    );
  }
}
