package dev.atrium.schema;

/** The database was written by a newer version of Atrium; this one must not touch it. */
public final class NewerSchemaException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final String found;
  private final String known;

  NewerSchemaException(String found, String known) {
    super(
      "the data is of a newer version: the database has schema " +
      found +
      ", this version knows " +
      known
    );
    this.found = found;
    this.known = known;
  }

  /** The database's schema version. */
  public String found() {
    return found;
  }

  /** The newest schema version that this program knows. */
  public String known() {
    return known;
  }
}
