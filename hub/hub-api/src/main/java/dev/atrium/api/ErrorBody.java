package dev.atrium.api;

import io.vertx.core.json.JsonObject;
import java.util.Map;

/** An error as it is written to a client, on every transport alike. */
public record ErrorBody(String code, Map<String, Object> args, String message, boolean retryable) {
  /** The error in the reader's language. */
  public static ErrorBody of(ErrorCode code, Map<String, Object> args, String locale) {
    return new ErrorBody(code.code(), args, code.message(locale, args), code.retryable());
  }

  /** The error in the reader's language. */
  public static ErrorBody of(AtriumException e, String locale) {
    return of(e.code(), e.args(), locale);
  }

  /** The JSON form. */
  public JsonObject toJson() {
    return new JsonObject()
      .put("code", code)
      .put("args", new JsonObject(args))
      .put("message", message)
      .put("retryable", retryable);
  }

  static ErrorBody fromJson(JsonObject json) {
    return new ErrorBody(
      json.getString("code"),
      Map.copyOf(json.getJsonObject("args").getMap()),
      json.getString("message"),
      json.getBoolean("retryable")
    );
  }
}
