package dev.atrium.engine.grammar;

/** The form that an answer is bound to. */
public sealed interface OutputFormat {
  /** Any text. */
  record Free() implements OutputFormat {}

  /** A JSON object. */
  record Json() implements OutputFormat {}

  /**
   * What a JSON schema describes.
   *
   * @param schema as JSON text
   */
  record JsonSchema(String schema) implements OutputFormat {}

  OutputFormat FREE = new Free();
  OutputFormat JSON = new Json();
}
