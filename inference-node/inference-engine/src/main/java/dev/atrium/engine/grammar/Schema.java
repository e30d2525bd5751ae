package dev.atrium.engine.grammar;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.BooleanNode;
import java.math.BigDecimal;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** One schema within a document, with where it stands; reads keywords with errors that name them. */
record Schema(JsonNode node, String path) {
  private static final int MAX_CHARS = 100_000;
  private static final int MAX_DEPTH = 100;

  private static final ObjectMapper JSON = JsonMapper.builder(
    JsonFactory.builder()
      .streamReadConstraints(
        StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).maxNumberLength(100).build()
      )
      .build()
  )
    .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
    .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
    .build();

  /** What holds for everything. */
  static final Schema ANYTHING = new Schema(BooleanNode.TRUE, "#");

  static Schema parse(String text) {
    if (text.length() > MAX_CHARS) {
      throw SchemaException.tooLarge("", "#", "it has more than " + MAX_CHARS + " characters");
    }
    try {
      JsonNode node = JSON.readTree(text);
      if (node == null || node.isMissingNode()) {
        throw SchemaException.invalid("", "#", "is empty");
      }
      return new Schema(node, "#");
    } catch (JsonProcessingException e) {
      throw SchemaException.invalid("", "#", "is not JSON: " + firstLine(e.getOriginalMessage()));
    }
  }

  private static String firstLine(String text) {
    return text.lines().findFirst().orElse("").replaceFirst(" \\(start marker.*", "");
  }

  boolean isTrue() {
    return node.isBoolean() && node.asBoolean();
  }

  boolean isFalse() {
    return node.isBoolean() && !node.asBoolean();
  }

  boolean has(String keyword) {
    return node.has(keyword);
  }

  List<String> keywords() {
    List<String> names = new ArrayList<>();
    node.fieldNames().forEachRemaining(names::add);
    return names;
  }

  Schema child(String keyword) {
    return new Schema(node.get(keyword), path + "/" + escaped(keyword)).checked(keyword);
  }

  /** A schema is an object, true or false. */
  Schema checked(String keyword) {
    if (!node.isObject() && !node.isBoolean()) {
      throw SchemaException.invalid(keyword, path, "must be a schema");
    }
    return this;
  }

  Optional<Schema> optional(String keyword) {
    return has(keyword) ? Optional.of(child(keyword)) : Optional.empty();
  }

  /** A keyword whose value is a list of schemas, at least one. */
  List<Schema> list(String keyword) {
    JsonNode values = node.get(keyword);
    if (!values.isArray() || values.isEmpty()) {
      throw invalid(keyword, "must be a list of schemas");
    }
    List<Schema> schemas = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      schemas.add(new Schema(values.get(i), path + "/" + keyword + "/" + i).checked(keyword));
    }
    return schemas;
  }

  /** The schemas of {@code properties}, in their order. */
  Map<String, Schema> properties() {
    Map<String, Schema> properties = new LinkedHashMap<>();
    if (has("properties")) {
      JsonNode values = node.get("properties");
      if (!values.isObject()) {
        throw invalid("properties", "must be an object");
      }
      values
        .properties()
        .forEach(e -> {
          String at = path + "/properties/" + escaped(e.getKey());
          properties.put(e.getKey(), new Schema(e.getValue(), at).checked("properties"));
        });
    }
    return properties;
  }

  /** A keyword whose value is a text or a list of texts. */
  List<String> texts(String keyword) {
    JsonNode value = node.get(keyword);
    if (value.isTextual()) {
      return List.of(value.asText());
    }
    List<String> texts = new ArrayList<>();
    value.forEach(item -> {
      if (!item.isTextual()) {
        throw invalid(keyword, "must hold texts");
      }
      texts.add(item.asText());
    });
    if (!value.isArray()) {
      throw invalid(keyword, "must be a list of texts");
    }
    return texts;
  }

  /** A keyword whose value is a text. */
  String text(String keyword) {
    JsonNode value = node.get(keyword);
    if (!value.isTextual()) {
      throw invalid(keyword, "must be a text");
    }
    return value.asText();
  }

  List<String> required() {
    if (!has("required")) {
      return List.of();
    }
    if (!node.get("required").isArray()) {
      throw invalid("required", "must be a list of texts");
    }
    return texts("required");
  }

  OptionalInt count(String keyword) {
    if (!has(keyword)) {
      return OptionalInt.empty();
    }
    JsonNode value = node.get(keyword);
    if (!value.canConvertToExactIntegral() || value.decimalValue().signum() < 0) {
      throw invalid(keyword, "must be a whole number of 0 or more");
    }
    if (!value.canConvertToInt()) {
      throw SchemaException.tooLarge(keyword, path, "is too much");
    }
    return OptionalInt.of(value.asInt());
  }

  Optional<BigDecimal> number(String keyword) {
    if (!has(keyword)) {
      return Optional.empty();
    }
    if (!node.get(keyword).isNumber()) {
      throw invalid(keyword, "must be a number");
    }
    BigDecimal number = node.get(keyword).decimalValue();
    // Before anything writes it out: 1e999999999 has as many digits.
    if (number.precision() - (long) number.scale() > 400 || number.scale() > 400) {
      throw SchemaException.tooLarge(keyword, path, "is too much");
    }
    return Optional.of(number);
  }

  /** The schema that a {@code $ref} from here names; only those within the document are followed. */
  Schema referred(Schema root) {
    String ref = text("$ref");
    if (!ref.equals("#") && !ref.startsWith("#/")) {
      throw unsupported("$ref", "only references within the schema are followed, \"#/…\"");
    }
    String pointer;
    try {
      // A plus is itself in a fragment.
      pointer = URLDecoder.decode(ref.substring(1).replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException _) {
      throw invalid("$ref", "is not a reference");
    }
    JsonNode target = root.node.at(JsonPointer.compile(pointer));
    if (target.isMissingNode()) {
      throw invalid("$ref", "refers to nothing");
    }
    return new Schema(target, "#" + pointer).checked("$ref");
  }

  SchemaException invalid(String keyword, String reason) {
    return SchemaException.invalid(keyword, path, reason);
  }

  SchemaException unsupported(String keyword, String reason) {
    return SchemaException.unsupported(keyword, path, reason);
  }

  private static String escaped(String name) {
    return name.replace("~", "~0").replace("/", "~1");
  }
}
