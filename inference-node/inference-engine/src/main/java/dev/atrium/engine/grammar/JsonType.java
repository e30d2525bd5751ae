package dev.atrium.engine.grammar;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.EnumSet;
import java.util.Set;

/** The types of JSON Schema, with the keywords that say something about each. */
enum JsonType {
  STRING("string", Set.of("minLength", "maxLength", "pattern", "format")),
  NUMBER("number", Set.of("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")),
  INTEGER("integer", Set.of("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")),
  OBJECT("object", Set.of("properties", "required", "additionalProperties")),
  ARRAY("array", Set.of("items", "prefixItems", "minItems", "maxItems")),
  BOOLEAN("boolean", Set.of()),
  NULL("null", Set.of());

  private final String word;
  private final Set<String> keywords;

  JsonType(String word, Set<String> keywords) {
    this.word = word;
    this.keywords = keywords;
  }

  boolean hasKeyword(String keyword) {
    return keywords.contains(keyword);
  }

  boolean has(JsonNode value) {
    return switch (this) {
      case STRING -> value.isTextual();
      case NUMBER -> value.isNumber();
      case INTEGER -> value.isNumber() && isWhole(value);
      case OBJECT -> value.isObject();
      case ARRAY -> value.isArray();
      case BOOLEAN -> value.isBoolean();
      case NULL -> value.isNull();
    };
  }

  private static boolean isWhole(JsonNode value) {
    return value.decimalValue().stripTrailingZeros().scale() <= 0;
  }

  /**
   * The types that a schema without combining keywords speaks of. Where it names none, those of its
   * keywords: a subset of what it allows.
   */
  static Set<JsonType> of(Schema schema) {
    Set<JsonType> types = EnumSet.noneOf(JsonType.class);
    if (schema.has("type")) {
      for (String word : schema.texts("type")) {
        types.add(named(schema, word));
      }
    } else {
      for (JsonType type : values()) {
        if (schema.keywords().stream().anyMatch(type::hasKeyword)) {
          types.add(type);
        }
      }
      if (types.isEmpty()) {
        types.addAll(EnumSet.allOf(JsonType.class));
      }
    }
    if (types.contains(NUMBER)) {
      types.remove(INTEGER);
    }
    return types;
  }

  private static JsonType named(Schema schema, String word) {
    for (JsonType type : values()) {
      if (type.word.equals(word)) {
        return type;
      }
    }
    throw schema.invalid("type", "there is no such type");
  }
}
