package dev.atrium.audit;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads one JSON object into maps, lists, strings, whole numbers ({@code Long}), booleans and nulls. */
final class Json {

  private static final JsonFactory FACTORY = JsonFactory.builder()
    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
    .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(50).build())
    .build();

  private Json() {}

  /**
   * Reads an object that is all of the text.
   *
   * @throws IllegalArgumentException if it is anything else, or holds a number that is not whole, or a
   *     name twice; the message does not repeat the text
   */
  static Map<String, Object> object(String text) {
    try (JsonParser parser = FACTORY.createParser(text)) {
      return object(parser);
    } catch (IOException e) {
      throw noJson(e);
    }
  }

  /** {@link #object(String)} of UTF-8. */
  static Map<String, Object> object(byte[] bytes, int length) {
    try (JsonParser parser = FACTORY.createParser(bytes, 0, length)) {
      return object(parser);
    } catch (IOException e) {
      throw noJson(e);
    }
  }

  private static IllegalArgumentException noJson(IOException e) {
    return new IllegalArgumentException("not JSON, or a name stands twice in it", e);
  }

  private static Map<String, Object> object(JsonParser parser) throws IOException {
    if (parser.nextToken() != JsonToken.START_OBJECT) {
      throw new IllegalArgumentException("not a JSON object");
    }
    Map<String, Object> object = map(parser);
    if (parser.nextToken() != null) {
      throw new IllegalArgumentException("something follows the JSON object");
    }
    return object;
  }

  private static Map<String, Object> map(JsonParser parser) throws IOException {
    Map<String, Object> map = new LinkedHashMap<>();
    for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
      map.put(name, value(parser, parser.nextToken()));
    }
    return map;
  }

  private static Object value(JsonParser parser, JsonToken token) throws IOException {
    return switch (token) {
      case START_OBJECT -> map(parser);
      case START_ARRAY -> {
        List<Object> list = new ArrayList<>();
        for (JsonToken t = parser.nextToken(); t != JsonToken.END_ARRAY; t = parser.nextToken()) {
          list.add(value(parser, t));
        }
        yield list;
      }
      case VALUE_STRING -> parser.getText();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case VALUE_NULL -> null;
      case VALUE_NUMBER_INT -> parser.getLongValue();
      case VALUE_NUMBER_FLOAT -> whole(parser);
      case null, default -> throw new IllegalArgumentException("not JSON");
    };
  }

  /** PostgreSQL keeps the zeros of {@code 1.0}. */
  private static Long whole(JsonParser parser) throws IOException {
    try {
      return parser.getDecimalValue().longValueExact();
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException("a number that is not whole", e);
    }
  }
}
