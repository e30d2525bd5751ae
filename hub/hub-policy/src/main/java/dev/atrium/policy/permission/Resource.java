package dev.atrium.policy.permission;

import java.util.Optional;

/**
 * One thing of a kind, written {@code model:atrium-starter}.
 *
 * @param name its stable name or id
 */
public record Resource(ResourceKind kind, String name) {
  public Resource {
    if (name.isBlank()) {
      throw new IllegalArgumentException("a resource without a name");
    }
  }

  /** A model by its name. */
  public static Resource model(String name) {
    return new Resource(ResourceKind.MODEL, name);
  }

  /** A feature by its name. */
  public static Resource feature(String name) {
    return new Resource(ResourceKind.FEATURE, name);
  }

  /** Reads {@code kind:name}; empty if it is not of that form or of no kind that exists. */
  public static Optional<Resource> parse(String text) {
    int colon = text.indexOf(':');
    return colon < 1 || text.substring(colon + 1).isBlank()
      ? Optional.empty()
      : ResourceKind.of(text.substring(0, colon)).map(kind ->
        new Resource(kind, text.substring(colon + 1))
      );
  }

  @Override
  public String toString() {
    return kind.code() + ":" + name;
  }
}
