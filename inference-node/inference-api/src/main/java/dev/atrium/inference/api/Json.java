package dev.atrium.inference.api;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Small helpers of the codecs' writing side. */
final class Json {

  private Json() {}

  /**
   * The objects lie in it as bare maps, which Jackson writes in one go; for a {@link JsonObject} within
   * another it begins anew each time. Who reads the array finds objects all the same.
   */
  static <T> JsonArray array(List<T> values, Function<T, JsonObject> writer) {
    JsonArray array = new JsonArray(new ArrayList<>(values.size()));
    values.forEach(value -> array.add(writer.apply(value).getMap()));
    return array;
  }

  static JsonArray array(List<?> values) {
    return new JsonArray(List.copyOf(values));
  }

  static JsonObject refusal(InferenceError error) {
    return new JsonObject().put("ok", false).put("error", error.toJson());
  }
}
