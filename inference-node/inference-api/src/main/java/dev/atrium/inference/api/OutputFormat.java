package dev.atrium.inference.api;

import io.vertx.core.json.JsonObject;
import java.util.Optional;

/**
 * The form that an answer is bound to: the node lets no token through after which it could not be kept
 * any more. Whether a schema can be kept the node says when it prepares the prompt.
 *
 * @param type what it is bound to
 * @param schema the JSON schema as JSON text, there for {@link Type#JSON_SCHEMA} and only then
 */
public record OutputFormat(Type type, Optional<String> schema) {
  /** What an answer can be bound to. */
  public enum Type {
    /** Nothing. */
    TEXT("text"),
    /** A JSON object. */
    JSON("json"),
    /** What is valid against a schema. */
    JSON_SCHEMA("json_schema");

    private final String word;

    Type(String word) {
      this.word = word;
    }

    static Type of(String word) {
      for (Type type : values()) {
        if (type.word.equals(word)) {
          return type;
        }
      }
      throw new BadMessageException("type", "must be text, json or json_schema");
    }
  }

  public static final OutputFormat TEXT = new OutputFormat(Type.TEXT, Optional.empty());
  public static final OutputFormat JSON = new OutputFormat(Type.JSON, Optional.empty());

  public OutputFormat {
    if (schema.isPresent() != (type == Type.JSON_SCHEMA)) {
      throw new BadMessageException("schema", "belongs to json_schema, and to nothing else");
    }
    schema.ifPresent(text -> Check.text("schema", text, Limits.SCHEMA_CHARS));
  }

  /** What is valid against this schema. */
  public static OutputFormat of(String schema) {
    return new OutputFormat(Type.JSON_SCHEMA, Optional.of(schema));
  }

  public JsonObject toJson() {
    JsonObject json = new JsonObject().put("type", type.word);
    schema.ifPresent(text -> json.put("schema", text));
    return json;
  }

  /** @throws BadMessageException if it breaks the contract */
  public static OutputFormat fromJson(JsonObject json) {
    Fields fields = new Fields(json);
    return new OutputFormat(Type.of(fields.string("type")), fields.optionalString("schema"));
  }
}
