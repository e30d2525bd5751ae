package dev.atrium.engine.text.jinja;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Makes template values of plain Java ones. All of their text, keys included, is untrusted. */
public final class Values {

  private Values() {}

  /**
   * @param value null, a boolean, number, string, list, or map with string keys
   * @throws IllegalArgumentException for anything else, or if nested too deeply
   */
  public static Value untrusted(Object value) {
    return untrusted(value, 0);
  }

  private static Value untrusted(Object value, int depth) {
    if (depth > Budget.MAX_NESTING) {
      throw new IllegalArgumentException("nested deeper than " + Budget.MAX_NESTING + " levels");
    }
    return switch (value) {
      case null -> Value.NONE;
      case Value already -> already;
      case String text -> Str.untrusted(text);
      case Boolean b -> Value.Bool.of(b);
      case Number number -> number(number);
      case List<?> list -> {
        List<Value> items = new ArrayList<>(list.size());
        list.forEach(item -> items.add(untrusted(item, depth + 1)));
        yield Value.Seq.list(items);
      }
      case Map<?, ?> map -> {
        Map<Value, Value> entries = new LinkedHashMap<>();
        map.forEach((key, item) ->
          entries.put(Str.untrusted(String.valueOf(key)), untrusted(item, depth + 1))
        );
        yield new Value.Dict(entries);
      }
      default -> throw new IllegalArgumentException(
        "a template can't take a " + value.getClass().getSimpleName()
      );
    };
  }

  private static Value number(Number number) {
    boolean whole =
      number instanceof Long ||
      number instanceof Integer ||
      number instanceof Short ||
      number instanceof Byte ||
      (number instanceof BigInteger big && big.bitLength() < 64);
    return whole ? new Value.Int(number.longValue()) : new Value.Real(number.doubleValue());
  }
}
