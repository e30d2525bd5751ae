package dev.atrium.engine.grammar;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.util.List;
import java.util.SplittableRandom;

/** Schemas as people write them and as they don't, of everything that is supported; by a seed. */
public final class RandomSchemas {

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final List<String> PATTERNS = List.of(
    "^[a-z]{1,8}$",
    "^\\d{3}-\\d{4}$",
    "好",
    "^(yes|no|maybe)?$",
    "^[^\"]{2,5} ",
    "\\.$"
  );
  private static final List<String> FORMATS = List.of("date", "time", "date-time", "uuid", "ipv4");
  private static final List<String> WORDS = List.of(
    "name",
    "城市",
    "naïve key",
    "a\"b",
    "back\\slash",
    "tab\there",
    "😀",
    "",
    "x",
    "xy",
    "é",
    "~/"
  );

  private final SplittableRandom random;
  private int definitions;

  public RandomSchemas(long seed) {
    random = new SplittableRandom(seed);
  }

  /** The next schema, as JSON text. */
  public String next() {
    definitions = random.nextInt(3);
    ObjectNode schema = schema(3);
    if (definitions > 0) {
      ObjectNode defs = schema.putObject("$defs");
      for (int i = 0; i < definitions; i++) {
        // Values first, so that circles have a way out.
        ObjectNode way = schema(1);
        ArrayNode ways = JSON.objectNode().putArray("anyOf");
        ways.add(type("null"));
        ways.add(way);
        defs.putObject("d" + i).set("anyOf", ways);
      }
    }
    return schema.toString();
  }

  private ObjectNode schema(int depth) {
    ObjectNode schema = switch (random.nextInt(depth > 0 ? 14 : 8)) {
      case 0, 1 -> string();
      case 2 -> integer();
      case 3 -> number();
      case 4 -> type("boolean");
      case 5 -> constant();
      case 6 -> enumeration();
      case 7 -> reference();
      case 8, 9 -> array(depth);
      case 10 -> combined(depth);
      default -> object(depth);
    };
    if (random.nextInt(6) == 0) {
      schema.put("description", "says nothing");
    }
    return schema;
  }

  private ObjectNode type(String name) {
    return JSON.objectNode().put("type", name);
  }

  private ObjectNode string() {
    ObjectNode schema = type("string");
    switch (random.nextInt(8)) {
      case 0 -> {
        return schema.put("pattern", PATTERNS.get(random.nextInt(PATTERNS.size())));
      }
      case 1 -> {
        return schema.put("format", FORMATS.get(random.nextInt(FORMATS.size())));
      }
      default -> {}
    }
    int min = random.nextInt(6);
    if (random.nextBoolean()) {
      schema.put("minLength", min);
    }
    if (random.nextInt(3) > 0) {
      schema.put("maxLength", min + random.nextInt(20));
    }
    return schema;
  }

  private ObjectNode integer() {
    ObjectNode schema = type("integer");
    long low = random.nextLong(-2_000, 2_000);
    long high = low + 1 + random.nextLong(5_000);
    if (random.nextBoolean()) {
      schema.put(random.nextBoolean() ? "minimum" : "exclusiveMinimum", low - 1);
    }
    if (random.nextBoolean()) {
      schema.put(random.nextBoolean() ? "maximum" : "exclusiveMaximum", high + 1);
    }
    return schema;
  }

  private ObjectNode number() {
    ObjectNode schema = type("number");
    BigDecimal low = BigDecimal.valueOf(random.nextLong(-50_000, 50_000), random.nextInt(4));
    BigDecimal high = low.add(BigDecimal.valueOf(1 + random.nextLong(9_000), random.nextInt(4)));
    if (random.nextBoolean()) {
      schema.put(random.nextBoolean() ? "minimum" : "exclusiveMinimum", low);
    }
    if (random.nextBoolean()) {
      schema.put(random.nextBoolean() ? "maximum" : "exclusiveMaximum", high);
    }
    return schema;
  }

  private ObjectNode constant() {
    ObjectNode schema = JSON.objectNode();
    switch (random.nextInt(4)) {
      case 0 -> schema.put("const", word() + word());
      case 1 -> schema.put("const", random.nextInt(-9, 1_000));
      case 2 -> schema.put("const", BigDecimal.valueOf(random.nextInt(1_000), 2));
      default -> schema.putObject("const").put(word(), true).putArray("list").add(1).addNull();
    }
    return schema;
  }

  private ObjectNode enumeration() {
    ObjectNode schema = JSON.objectNode();
    ArrayNode values = schema.putArray("enum");
    for (int i = 1 + random.nextInt(4); i > 0; i--) {
      values.add(word() + i);
    }
    if (random.nextBoolean()) {
      schema.put("type", "string");
      values.add(random.nextInt(5));
    } else {
      values.addNull();
    }
    return schema;
  }

  private ObjectNode reference() {
    if (definitions == 0) {
      return type("null");
    }
    return JSON.objectNode().put("$ref", "#/$defs/d" + random.nextInt(definitions));
  }

  private ObjectNode array(int depth) {
    ObjectNode schema = type("array");
    int min = random.nextInt(3);
    int prefix = random.nextInt(4);
    if (prefix < 2) {
      for (int i = 0; i < prefix; i++) {
        schema.withArray("prefixItems").add(schema(depth - 1));
      }
    }
    if (random.nextInt(4) > 0) {
      schema.set("items", schema(depth - 1));
    }
    if (random.nextBoolean()) {
      schema.put("minItems", min);
    }
    if (random.nextInt(3) > 0) {
      schema.put("maxItems", min + random.nextInt(5));
    }
    return schema;
  }

  private ObjectNode object(int depth) {
    ObjectNode schema = type("object");
    ObjectNode properties = JSON.objectNode();
    for (int i = random.nextInt(4); i > 0; i--) {
      String name = word();
      properties.set(name, schema(depth - 1));
      if (random.nextBoolean()) {
        schema.withArray("required").add(name);
      }
    }
    if (!properties.isEmpty() || random.nextBoolean()) {
      schema.set("properties", properties);
    }
    switch (random.nextInt(4)) {
      case 0 -> schema.put("additionalProperties", false);
      case 1 -> schema.set("additionalProperties", schema(depth - 1));
      default -> {}
    }
    return schema;
  }

  private ObjectNode combined(int depth) {
    ObjectNode schema = JSON.objectNode();
    switch (random.nextInt(4)) {
      case 0 -> schema.putArray("oneOf").add(string()).add(number()).add(object(depth - 1));
      case 1 -> schema.putArray("allOf").add(schema(depth - 1));
      case 2 -> schema.putArray("type").add("string").add("null").add("integer");
      default -> schema.putArray("anyOf").add(schema(depth - 1)).add(schema(depth - 1));
    }
    return schema;
  }

  private String word() {
    return WORDS.get(random.nextInt(WORDS.size()));
  }
}
