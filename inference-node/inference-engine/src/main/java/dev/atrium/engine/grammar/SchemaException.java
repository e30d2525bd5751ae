package dev.atrium.engine.grammar;

/**
 * A JSON schema that can't be followed. Codes: {@code schema_invalid} (it is none), {@code
 * schema_unsupported} (a keyword that is not kept, named), {@code schema_too_large} (past a bound),
 * {@code schema_unsatisfiable} (no finite text can match it).
 */
public final class SchemaException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final String code;
  private final String keyword;
  private final String path;
  private final String reason;

  SchemaException(String code, String keyword, String path, String reason) {
    super("%s at %s: %s".formatted(keyword.isEmpty() ? "the schema" : keyword, path, reason));
    this.code = code;
    this.keyword = keyword;
    this.path = path;
    this.reason = reason;
  }

  static SchemaException invalid(String keyword, String path, String reason) {
    return new SchemaException("schema_invalid", keyword, path, reason);
  }

  static SchemaException unsupported(String keyword, String path, String reason) {
    return new SchemaException("schema_unsupported", keyword, path, reason);
  }

  static SchemaException tooLarge(String keyword, String path, String reason) {
    return new SchemaException("schema_too_large", keyword, path, reason);
  }

  public String code() {
    return code;
  }

  /** The keyword at fault, or an empty text. */
  public String keyword() {
    return keyword;
  }

  /** Where it stands, as a JSON pointer after {@code #} (RFC 6901). */
  public String path() {
    return path;
  }

  public String reason() {
    return reason;
  }
}
