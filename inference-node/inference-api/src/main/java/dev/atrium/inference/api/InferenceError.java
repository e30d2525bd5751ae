package dev.atrium.inference.api;

import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.Map;

/**
 * Why a node refuses or fails: a stable code and what the human text needs, never the text itself.
 *
 * @param code one of the constants here; a reader must bear codes that it doesn't know
 * @param args values for the text: strings, numbers, booleans
 */
public record InferenceError(String code, Map<String, Object> args) {
  /** The node or the engine's queue is full; another node may have room. */
  public static final String OVERLOADED = "overloaded";
  /** Prompt and answer don't fit the context; args {@code promptTokens}, {@code contextLength}. */
  public static final String CONTEXT_FULL = "context_full";
  /** The model's chat template is missing or refuses these messages; args {@code reason}. */
  public static final String TEMPLATE_ERROR = "template_error";
  /** The format's schema is none; args {@code keyword}, {@code path}, {@code reason}. */
  public static final String SCHEMA_INVALID = "schema_invalid";
  /** The schema has a keyword that is not kept; args as for {@link #SCHEMA_INVALID}. */
  public static final String SCHEMA_UNSUPPORTED = "schema_unsupported";
  /** The schema is past a bound; args as for {@link #SCHEMA_INVALID}. */
  public static final String SCHEMA_TOO_LARGE = "schema_too_large";
  /** Nothing can match the schema; args as for {@link #SCHEMA_INVALID}. */
  public static final String SCHEMA_UNSATISFIABLE = "schema_unsatisfiable";
  /** The node is leaving and takes nothing new. */
  public static final String LEAVING = "leaving";
  /** No such engine on this node. */
  public static final String UNKNOWN_ENGINE = "unknown_engine";
  /** The message breaks the contract; args {@code field}, {@code reason}. */
  public static final String BAD_REQUEST = "bad_request";
  /** No prepared prompt is kept for this generation and attempt: prepare again. */
  public static final String NOT_PREPARED = "not_prepared";
  /** The node holds no such generation and attempt. */
  public static final String UNKNOWN_GENERATION = "unknown_generation";
  /** The node is leaving and this generation took longer than it can wait: continue elsewhere. */
  public static final String NODE_LEAVING = "node_leaving";
  /** Nothing was heard from the owner for too long. */
  public static final String OWNER_LOST = "owner_lost";
  /** The engine failed this request. */
  public static final String ENGINE_FAILED = "engine_failed";

  public InferenceError {
    Check.name("code", code);
    if (args == null || args.size() > Limits.ERROR_ARGS) {
      throw new BadMessageException("args", "must be an object of at most " + Limits.ERROR_ARGS);
    }
    args = Map.copyOf(args);
  }

  /** An error without arguments. */
  public static InferenceError of(String code) {
    return new InferenceError(code, Map.of());
  }

  /** What a {@link BadMessageException} looks like from outside. */
  public static InferenceError badRequest(BadMessageException e) {
    return new InferenceError(BAD_REQUEST, Map.of("field", e.field(), "reason", e.reason()));
  }

  public JsonObject toJson() {
    return new JsonObject().put("code", code).put("args", new JsonObject(args));
  }

  /** @throws BadMessageException if it breaks the contract */
  public static InferenceError fromJson(JsonObject json) {
    Fields fields = new Fields(json);
    Map<String, Object> args = new HashMap<>();
    if (json.getValue("args") != null) {
      for (Map.Entry<String, Object> arg : fields.object("args")) {
        if (arg.getValue() != null) {
          args.put(arg.getKey(), arg.getValue());
        }
      }
    }
    return new InferenceError(fields.string("code"), args);
  }
}
