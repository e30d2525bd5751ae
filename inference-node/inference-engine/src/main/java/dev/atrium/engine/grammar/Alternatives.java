package dev.atrium.engine.grammar;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Whether of several schemas never two hold for one value, as far as that can be seen: by their types,
 * by values that they list, or by values that a property of each must have.
 */
final class Alternatives {

  private static final int MOST = 200;
  private static final int REFERENCES = 20;
  private static final int COMPARED = 1_000_000;

  private final Schema root;

  Alternatives(Schema root) {
    this.root = root;
  }

  boolean exclude(List<Schema> schemas) {
    if (schemas.size() > MOST) {
      return false;
    }
    List<Schema> plain = new ArrayList<>();
    for (Schema schema : schemas) {
      Optional<Schema> followed = follow(schema);
      if (followed.isEmpty()) {
        return false;
      }
      plain.add(followed.get());
    }
    for (int i = 0; i < plain.size(); i++) {
      for (int j = 0; j < i; j++) {
        if (!exclude(plain.get(i), plain.get(j))) {
          return false;
        }
      }
    }
    return true;
  }

  /** What references lead to; none if that is a combination again. */
  private Optional<Schema> follow(Schema schema) {
    Set<String> seen = new HashSet<>();
    Schema at = schema;
    while (at.has("$ref") && seen.size() < REFERENCES && seen.add(at.path())) {
      at = at.referred(root);
    }
    boolean combines = List.of("$ref", "anyOf", "oneOf", "allOf").stream().anyMatch(at::has);
    return combines || !at.node().isObject() ? Optional.empty() : Optional.of(at);
  }

  private boolean exclude(Schema a, Schema b) {
    Optional<List<JsonNode>> listedA = listed(a);
    Optional<List<JsonNode>> listedB = listed(b);
    if (listedA.isPresent() && listedB.isPresent()) {
      return differ(listedA.get(), listedB.get());
    }
    Set<JsonType> common = types(a);
    common.retainAll(types(b));
    if (common.isEmpty()) {
      return true;
    }
    return common.equals(EnumSet.of(JsonType.OBJECT)) && differInAProperty(a, b);
  }

  /** Numbers and whole numbers are one here. */
  private static Set<JsonType> types(Schema schema) {
    Set<JsonType> types = EnumSet.noneOf(JsonType.class);
    Optional<List<JsonNode>> listed = listed(schema);
    if (listed.isPresent()) {
      for (JsonType type : JsonType.values()) {
        if (type != JsonType.INTEGER && listed.get().stream().anyMatch(type::has)) {
          types.add(type);
        }
      }
      return types;
    }
    // Not those of its keywords: without "type" it allows all others too.
    types.addAll(schema.has("type") ? JsonType.of(schema) : EnumSet.allOf(JsonType.class));
    if (types.remove(JsonType.INTEGER)) {
      types.add(JsonType.NUMBER);
    }
    return types;
  }

  private static Optional<List<JsonNode>> listed(Schema schema) {
    if (schema.has("const")) {
      return Optional.of(List.of(schema.node().get("const")));
    }
    if (schema.has("enum")) {
      List<JsonNode> values = new ArrayList<>();
      schema.node().get("enum").forEach(values::add);
      return Optional.of(values);
    }
    return Optional.empty();
  }

  private static boolean differ(List<JsonNode> a, List<JsonNode> b) {
    long pairs = (long) a.size() * b.size();
    return (
      pairs <= COMPARED &&
      a.stream().noneMatch(one -> b.stream().anyMatch(other -> mayBeSame(one, other)))
    );
  }

  private static boolean mayBeSame(JsonNode one, JsonNode other) {
    boolean plain = one.isValueNode() || other.isValueNode();
    if (one.isNumber() && other.isNumber()) {
      return one.decimalValue().compareTo(other.decimalValue()) == 0;
    }
    return !plain || one.equals(other);
  }

  private boolean differInAProperty(Schema a, Schema b) {
    Set<String> required = new HashSet<>(a.required());
    required.retainAll(b.required());
    Map<String, Schema> ofA = a.properties();
    Map<String, Schema> ofB = b.properties();
    for (String name : required) {
      if (ofA.containsKey(name) && ofB.containsKey(name)) {
        Optional<List<JsonNode>> one = follow(ofA.get(name)).flatMap(Alternatives::listed);
        Optional<List<JsonNode>> other = follow(ofB.get(name)).flatMap(Alternatives::listed);
        if (one.isPresent() && other.isPresent() && differ(one.get(), other.get())) {
          return true;
        }
      }
    }
    return false;
  }
}
