package dev.atrium.inference.api;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.function.Supplier;

/** Reads a JSON object field by field; a wrong type is a {@link BadMessageException}, not a crash. */
record Fields(JsonObject json) {
  Fields {
    if (json == null) {
      throw new BadMessageException("body", "is not a JSON object");
    }
  }

  String string(String field) {
    return switch (json.getValue(field)) {
      case String value -> value;
      case null -> throw missing(field);
      default -> throw new BadMessageException(field, "must be a string");
    };
  }

  Optional<String> optionalString(String field) {
    return json.getValue(field) == null ? Optional.empty() : Optional.of(string(field));
  }

  long integer(String field) {
    return integer(field, json.getValue(field));
  }

  int int32(String field) {
    return toInt(field, integer(field));
  }

  OptionalInt optionalInt(String field) {
    return json.getValue(field) == null ? OptionalInt.empty() : OptionalInt.of(int32(field));
  }

  OptionalDouble optionalNumber(String field) {
    return switch (json.getValue(field)) {
      case null -> OptionalDouble.empty();
      case Number value -> OptionalDouble.of(value.doubleValue());
      default -> throw new BadMessageException(field, "must be a number");
    };
  }

  double number(String field) {
    return optionalNumber(field).orElseThrow(() -> missing(field));
  }

  /** An object whose names are ids and whose values are numbers; empty if there is none. */
  Map<Integer, Double> numbersById(String field, int max) {
    if (json.getValue(field) == null) {
      return Map.of();
    }
    JsonObject object = object(field);
    if (object.size() > max) {
      throw new BadMessageException(field, "holds more than " + max + " items");
    }
    Map<Integer, Double> values = new LinkedHashMap<>();
    for (Map.Entry<String, Object> entry : object) {
      if (!(entry.getValue() instanceof Number value)) {
        throw new BadMessageException(field, "must hold numbers");
      }
      try {
        values.put(Integer.parseInt(entry.getKey()), value.doubleValue());
      } catch (NumberFormatException _) {
        throw new BadMessageException(field, "must be named by token ids");
      }
    }
    return values;
  }

  boolean bool(String field) {
    return switch (json.getValue(field)) {
      case Boolean value -> value;
      case null -> throw missing(field);
      default -> throw new BadMessageException(field, "must be true or false");
    };
  }

  JsonObject object(String field) {
    return switch (json.getValue(field)) {
      case JsonObject value -> value;
      case null -> throw missing(field);
      default -> throw new BadMessageException(field, "must be an object");
    };
  }

  /** Reads what is nested under {@code field}, and names the whole path when that is at fault. */
  <T> T nested(String field, Function<JsonObject, T> reader) {
    return at(field, () -> reader.apply(object(field)));
  }

  <T> Optional<T> optionalNested(String field, Function<JsonObject, T> reader) {
    return json.getValue(field) == null ? Optional.empty() : Optional.of(nested(field, reader));
  }

  <T> List<T> objects(String field, int max, Function<JsonObject, T> reader) {
    JsonArray array = array(field, max);
    List<T> values = new ArrayList<>(array.size());
    for (int i = 0; i < array.size(); i++) {
      String path = field + "[" + i + "]";
      if (!(array.getValue(i) instanceof JsonObject item)) {
        throw new BadMessageException(path, "must be an object");
      }
      values.add(at(path, () -> reader.apply(item)));
    }
    return values;
  }

  <T> List<T> optionalObjects(String field, int max, Function<JsonObject, T> reader) {
    return json.getValue(field) == null ? List.of() : objects(field, max, reader);
  }

  List<String> strings(String field, int max) {
    JsonArray array = array(field, max);
    List<String> values = new ArrayList<>(array.size());
    for (Object value : array) {
      if (!(value instanceof String text)) {
        throw new BadMessageException(field, "must hold strings");
      }
      values.add(text);
    }
    return values;
  }

  List<Integer> ints(String field, int max) {
    JsonArray array = array(field, max);
    List<Integer> values = new ArrayList<>(array.size());
    for (Object value : array) {
      values.add(toInt(field, integer(field, value)));
    }
    return values;
  }

  private JsonArray array(String field, int max) {
    return switch (json.getValue(field)) {
      case JsonArray value when value.size() <= max -> value;
      case JsonArray _ -> throw new BadMessageException(field, "holds more than " + max + " items");
      case null -> throw missing(field);
      default -> throw new BadMessageException(field, "must be an array");
    };
  }

  private static <T> T at(String path, Supplier<T> reading) {
    try {
      return reading.get();
    } catch (BadMessageException e) {
      throw e.field().startsWith(path) ? e : e.inside(path);
    }
  }

  private static long integer(String field, Object value) {
    return switch (value) {
      case Integer number -> number;
      case Long number -> number;
      case null -> throw missing(field);
      default -> throw new BadMessageException(field, "must be an integer");
    };
  }

  private static int toInt(String field, long value) {
    if (value != (int) value) {
      throw new BadMessageException(field, "does not fit 32 bits");
    }
    return (int) value;
  }

  private static BadMessageException missing(String field) {
    return new BadMessageException(field, "is missing");
  }
}
