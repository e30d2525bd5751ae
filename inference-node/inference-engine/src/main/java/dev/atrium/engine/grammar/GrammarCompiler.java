package dev.atrium.engine.grammar;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Makes a {@link Grammar} of a JSON schema (draft 2020-12). Every text of the grammar is valid against
 * the schema, though not every valid text is of the grammar: properties come in the order in which
 * they are declared, and where a schema declares properties, others come only if it says {@code
 * additionalProperties}. A keyword that is not kept is refused, so that nothing is promised in vain.
 *
 * <p>Work and memory are bounded; a hostile schema is refused like any other.
 */
public final class GrammarCompiler {

  /** What says nothing about a value. */
  private static final Set<String> REMARKS = Set.of(
    "$schema",
    "$id",
    "$comment",
    "$defs",
    "definitions",
    "title",
    "description",
    "default",
    "examples",
    "deprecated",
    "readOnly",
    "writeOnly"
  );
  private static final Set<String> COMBINING = Set.of("$ref", "anyOf", "oneOf", "allOf");
  private static final Set<String> LISTING = Set.of("enum", "const");

  private final Schema root;
  private final Nodes nodes = new Nodes();
  private final Scalars scalars = new Scalars(nodes);
  private final Map<String, Node.Choice> rules = new HashMap<>();
  /** Rules that are referred to and not compiled yet: in a queue, since references may form chains. */
  private final Deque<Runnable> unfinished = new ArrayDeque<>();

  private GrammarCompiler(Schema root) {
    this.root = root;
  }

  /**
   * @param format not {@link OutputFormat#FREE}
   * @throws SchemaException if the schema can't be followed
   */
  public static Grammar compile(OutputFormat format, Vocabulary vocabulary) {
    return switch (format) {
      case OutputFormat.JsonSchema(String text) -> {
        Schema schema = Schema.parse(text).checked("");
        yield new GrammarCompiler(schema).compile(schema, vocabulary);
      }
      case OutputFormat.Json _ -> {
        Schema schema = Schema.parse("{\"type\":\"object\"}");
        yield new GrammarCompiler(schema).compile(schema, vocabulary);
      }
      case OutputFormat.Free _ -> throw new IllegalArgumentException("free text has no grammar");
    };
  }

  private Grammar compile(Schema schema, Vocabulary vocabulary) {
    Node start = nodes.read(Terminals.SPACE, value(schema, Node.End.END));
    while (!unfinished.isEmpty()) {
      unfinished.pop().run();
    }
    Heights.measure(nodes.all());
    if (start.height > Grammar.DEPTH) {
      throw new SchemaException(
        "schema_unsatisfiable",
        "",
        "#",
        start.height == Node.NEVER ? "nothing matches it" : "all that matches it is too deep"
      );
    }
    return new Grammar(start, vocabulary);
  }

  /** What a schema describes, as a place that can be called; circles meet here. */
  private Node rule(Schema schema) {
    // A schema that is only "true" has no place of its own.
    String key = schema.isTrue() ? "true" : schema.path();
    Node.Choice known = rules.get(key);
    if (known == null) {
      Node.Choice rule = nodes.choice();
      rules.put(key, rule);
      unfinished.push(() ->
        rule.ways.add(schema.isTrue() ? anything() : value(schema, Node.End.END))
      );
      return rule;
    }
    return known;
  }

  /** Any value of JSON. */
  private Node anything() {
    Node.Choice any = nodes.choice();
    for (JsonType type : JsonType.values()) {
      if (type != JsonType.INTEGER) {
        any.ways.add(typed(type, Schema.ANYTHING, Node.End.END));
      }
    }
    return any;
  }

  /** Reads a value of this schema, then goes on. */
  private Node value(Schema schema, Node next) {
    if (schema.isTrue()) {
      return nodes.call(rule(schema), next);
    }
    if (schema.isFalse()) {
      return nodes.choice();
    }
    List<String> keywords = new ArrayList<>(schema.keywords());
    keywords.removeAll(REMARKS);
    for (String keyword : keywords) {
      if (COMBINING.contains(keyword)) {
        refuseOthers(schema, keyword, keywords);
        return combined(schema, keyword, next);
      }
    }
    for (String keyword : keywords) {
      if (LISTING.contains(keyword)) {
        refuseOthers(schema, keyword, keywords);
        return listed(schema, keyword, next);
      }
    }
    if (keywords.isEmpty()) {
      return nodes.call(rule(Schema.ANYTHING), next);
    }
    return typed(schema, keywords, next);
  }

  private static void refuseOthers(Schema schema, String keyword, List<String> keywords) {
    for (String other : keywords) {
      boolean filters = LISTING.contains(keyword) && other.equals("type");
      if (!other.equals(keyword) && !filters) {
        refuseUnknown(schema, other);
        throw schema.unsupported(other, "is not kept beside " + keyword);
      }
    }
  }

  private static void refuseUnknown(Schema schema, String keyword) {
    boolean known =
      keyword.equals("type") || COMBINING.contains(keyword) || LISTING.contains(keyword);
    for (JsonType type : JsonType.values()) {
      known |= type.hasKeyword(keyword);
    }
    if (!known) {
      throw schema.unsupported(keyword, "is not kept");
    }
  }

  private Node combined(Schema schema, String keyword, Node next) {
    switch (keyword) {
      case "$ref" -> {
        return nodes.call(rule(schema.referred(root)), next);
      }
      case "allOf" -> {
        List<Schema> parts = schema.list(keyword);
        if (parts.size() > 1) {
          throw schema.unsupported(keyword, "is kept with one schema in it only");
        }
        return value(parts.getFirst(), next);
      }
      default -> {
        List<Schema> ways = schema.list(keyword);
        if (keyword.equals("oneOf") && !new Alternatives(root).exclude(ways)) {
          throw schema.unsupported(
            keyword,
            "is kept only where types, values or a required property tell its schemas apart"
          );
        }
        Node.Choice choice = nodes.choice();
        ways.forEach(way -> choice.ways.add(value(way, next)));
        return choice;
      }
    }
  }

  private Node listed(Schema schema, String keyword, Node next) {
    JsonNode values = schema.node().get(keyword);
    List<JsonNode> all = new ArrayList<>();
    if (keyword.equals("const")) {
      all.add(values);
    } else if (values.isArray()) {
      values.forEach(all::add);
    } else {
      throw schema.invalid(keyword, "must be a list");
    }
    if (schema.has("type")) {
      Set<JsonType> types = JsonType.of(schema);
      all.removeIf(value -> types.stream().noneMatch(type -> type.has(value)));
    }
    return scalars.words(schema, keyword, all.stream().map(JsonNode::toString).toList(), next);
  }

  private Node typed(Schema schema, List<String> keywords, Node next) {
    Set<JsonType> types = JsonType.of(schema);
    for (String keyword : keywords) {
      refuseUnknown(schema, keyword);
    }
    Node.Choice choice = nodes.choice();
    for (JsonType type : types) {
      choice.ways.add(typed(type, schema, next));
    }
    return choice.ways.size() == 1 ? choice.ways.getFirst() : choice;
  }

  private Node typed(JsonType type, Schema schema, Node next) {
    return switch (type) {
      case STRING -> scalars.string(schema, next);
      case NUMBER, INTEGER -> scalars.number(type, schema, next);
      case BOOLEAN -> nodes.read(Terminals.TRUE_OR_FALSE, next);
      case NULL -> nodes.read(Terminals.NULL, next);
      case ARRAY -> array(schema, next);
      case OBJECT -> object(schema, next);
    };
  }

  private Node array(Schema schema, Node next) {
    List<Schema> prefix = schema.has("prefixItems") ? schema.list("prefixItems") : List.of();
    int min = schema.count("minItems").orElse(0);
    OptionalInt wanted = schema.count("maxItems");
    Optional<Schema> rest = schema.optional("items").filter(items -> !items.isFalse());
    if (!schema.has("items") && (prefix.isEmpty() || min > prefix.size())) {
      rest = Optional.of(Schema.ANYTHING);
    }
    int max = wanted.orElse(Integer.MAX_VALUE);
    if (rest.isEmpty()) {
      max = Math.min(max, prefix.size());
    }
    if (min > max) {
      return nodes.choice();
    }
    boolean endless = max == Integer.MAX_VALUE;
    int counted = endless ? Math.max(min, prefix.size()) : max;
    if (counted > Nodes.MOST) {
      String keyword = endless || min > Nodes.MOST ? "minItems" : "maxItems";
      throw SchemaException.tooLarge(keyword, schema.path(), "is more than " + Nodes.MOST);
    }
    Node close = nodes.read(Terminals.CLOSE_ARRAY, next);
    Node spacedClose = nodes.read(Terminals.SPACE, close);
    // From the last item to the first: what follows an item has to be there before it.
    Node.Choice after = nodes.choice();
    Node item = null;
    if (endless) {
      item = nodes.call(rule(rest.orElseThrow()), after);
      after.ways.add(separated(item));
      after.ways.add(spacedClose);
    } else {
      after.ways.add(spacedClose);
    }
    for (int i = counted - 1; i >= 0; i--) {
      item = i < prefix.size()
        ? value(prefix.get(i), after)
        : nodes.call(rule(rest.orElseThrow()), after);
      after = nodes.choice(separated(item));
      if (i >= min) {
        after.ways.add(spacedClose);
      }
    }
    Node.Choice first = nodes.choice();
    if (item != null) {
      first.ways.add(item);
    }
    if (min == 0) {
      first.ways.add(close);
    }
    return nodes.read(Terminals.OPEN_ARRAY, nodes.read(Terminals.SPACE, first));
  }

  private Node separated(Node item) {
    return nodes.read(Terminals.COMMA, nodes.read(Terminals.SPACE, item));
  }

  private Node object(Schema schema, Node next) {
    Map<String, Schema> properties = new LinkedHashMap<>(schema.properties());
    boolean declares = !properties.isEmpty();
    Optional<Schema> more = schema.optional("additionalProperties");
    Schema otherwise = more.orElse(Schema.ANYTHING);
    Set<String> required = new LinkedHashSet<>(schema.required());
    required.forEach(name -> properties.putIfAbsent(name, otherwise));
    boolean open = more.isPresent() ? !more.get().isFalse() : !declares;

    Node close = nodes.read(Terminals.CLOSE_OBJECT, next);
    Node spacedClose = nodes.read(Terminals.SPACE, close);
    // From the last property to the first: what may follow one has to be there before it.
    Node.Choice after = nodes.choice(spacedClose);
    Node.Choice keys = nodes.choice();
    if (open) {
      Terminal other = properties.isEmpty()
        ? Terminals.TEXT
        : new OtherKey(properties.keySet().stream().map(GrammarCompiler::inner).toList());
      keys.ways.add(member(other, otherwise, after));
    }
    after.ways.add(separated(keys));
    boolean mayEnd = true;
    for (String name : List.copyOf(properties.keySet()).reversed()) {
      boolean must = required.contains(name);
      Node.Choice before = nodes.choice();
      before.ways.add(member(key(schema, name), properties.get(name), after));
      if (!must) {
        before.ways.add(keys);
      }
      mayEnd &= !must;
      keys = before;
      after = nodes.choice(separated(keys));
      if (mayEnd) {
        after.ways.add(spacedClose);
      }
    }
    Node.Choice first = nodes.choice(keys);
    if (mayEnd) {
      first.ways.add(close);
    }
    return nodes.read(Terminals.OPEN_OBJECT, nodes.read(Terminals.SPACE, first));
  }

  private Node member(Terminal key, Schema schema, Node next) {
    return nodes.read(
      key,
      nodes.read(Terminals.COLON, nodes.read(Terminals.SPACE, value(schema, next)))
    );
  }

  private static Terminal key(Schema schema, String name) {
    String word = quoted(name);
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(word)) {
      throw schema.invalid("properties", "has a name with half a character");
    }
    return Words.of(word);
  }

  private static String quoted(String name) {
    return TextNode.valueOf(name).toString();
  }

  private static String inner(String name) {
    String quoted = quoted(name);
    return quoted.substring(1, quoted.length() - 1);
  }
}
