package dev.atrium.engine.grammar;

import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/** Texts, numbers and listed values: what is read in one go. */
final class Scalars {

  private final Nodes nodes;

  Scalars(Nodes nodes) {
    this.nodes = nodes;
  }

  Node words(Schema schema, String keyword, Collection<String> words, Node next) {
    for (String word : words) {
      if (!StandardCharsets.UTF_8.newEncoder().canEncode(word)) {
        throw schema.invalid(keyword, "holds half a character");
      }
    }
    return words.isEmpty() ? nodes.choice() : nodes.read(Words.of(words), next);
  }

  Node string(Schema schema, Node next) {
    OptionalInt min = schema.count("minLength");
    OptionalInt max = schema.count("maxLength");
    if (schema.has("pattern")) {
      refuseBeside(schema, "pattern", "format", "minLength", "maxLength");
      return pattern(schema, "pattern", schema.text("pattern"), next);
    }
    if (schema.has("format")) {
      refuseBeside(schema, "format", "minLength", "maxLength");
      String known = StringFormat.pattern(schema.text("format")).orElseThrow(() ->
        schema.unsupported("format", "is kept for date, time, date-time, uuid and ipv4 only")
      );
      return pattern(schema, "format", known, next);
    }
    if (min.isEmpty() && max.isEmpty()) {
      return nodes.read(Terminals.TEXT, next);
    }
    int least = min.orElse(0);
    int most = max.orElse(Text.ANY);
    if (least > Text.MOST) {
      throw SchemaException.tooLarge("minLength", schema.path(), "is too much");
    }
    if (most != Text.ANY && most > Text.MOST) {
      // No answer is so long.
      most = Text.ANY;
    }
    return least > most ? nodes.choice() : nodes.read(new Text(least, most), next);
  }

  private static void refuseBeside(Schema schema, String keyword, String... others) {
    for (String other : others) {
      if (schema.has(other)) {
        throw schema.unsupported(other, "is not kept beside " + keyword);
      }
    }
  }

  private Node pattern(Schema schema, String keyword, String pattern, Node next) {
    try {
      return nodes.read(PatternReader.read(pattern), schema, keyword, next);
    } catch (PatternReader.NotKnown e) {
      throw schema.unsupported(keyword, e.getMessage());
    }
  }

  Node number(JsonType type, Schema schema, Node next) {
    NumberRange range = range(schema);
    boolean integer = type == JsonType.INTEGER;
    if (range.low().isEmpty() && range.high().isEmpty()) {
      return nodes.read(integer ? Terminals.INTEGER : Terminals.NUMBER, next);
    }
    if (!integer && !range.isExact()) {
      String keyword = schema
        .keywords()
        .stream()
        .filter(type::hasKeyword)
        .collect(Collectors.joining(", "));
      throw schema.unsupported(
        keyword,
        "is kept up to 1e9 with 6 digits after the point, or to 15 digits where it is whole and in"
      );
    }
    return nodes.read(integer ? range.integers() : range.decimals(), schema, "", next);
  }

  private static NumberRange range(Schema schema) {
    var low = schema.number("minimum");
    var lowOpen = schema.number("exclusiveMinimum");
    var high = schema.number("maximum");
    var highOpen = schema.number("exclusiveMaximum");
    boolean openBelow =
      lowOpen.isPresent() && (low.isEmpty() || lowOpen.get().compareTo(low.get()) >= 0);
    boolean openAbove =
      highOpen.isPresent() && (high.isEmpty() || highOpen.get().compareTo(high.get()) <= 0);
    return new NumberRange(
      openBelow ? lowOpen : low,
      openBelow,
      openAbove ? highOpen : high,
      openAbove
    );
  }
}
