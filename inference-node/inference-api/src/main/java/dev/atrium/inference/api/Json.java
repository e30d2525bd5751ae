package dev.atrium.inference.api;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.function.Function;

/** Small helpers of the codecs' writing side. */
final class Json {

  private Json() {}

  static <T> JsonArray array(List<T> values, Function<T, JsonObject> writer) {
    JsonArray array = new JsonArray();
    values.forEach(value -> array.add(writer.apply(value)));
    return array;
  }

  static JsonArray array(List<?> values) {
    return new JsonArray(List.copyOf(values));
  }

  static JsonObject refusal(InferenceError error) {
    return new JsonObject().put("ok", false).put("error", error.toJson());
  }
}
