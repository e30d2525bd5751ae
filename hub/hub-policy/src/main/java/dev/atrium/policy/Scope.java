package dev.atrium.policy;

import java.util.Optional;

/**
 * What an API key may be used for. A scope only narrows: what the owner of the key may not do, the key
 * may not do either.
 */
public enum Scope {
  /** Send prompts, follow and stop answers. */
  CHAT("chat"),
  /** List and read the owner's conversations. */
  CONVERSATIONS_READ("conversations.read"),
  /** Rename and delete them. */
  CONVERSATIONS_WRITE("conversations.write"),
  /** List the models that the owner may use. */
  MODELS_READ("models.read");

  private final String code;

  Scope(String code) {
    this.code = code;
  }

  /** The name in the database, in commands and in refusals. */
  public String code() {
    return code;
  }

  /** The scope of this name; one that a newer version knows is none. */
  public static Optional<Scope> of(String code) {
    for (Scope scope : values()) {
      if (scope.code.equals(code)) {
        return Optional.of(scope);
      }
    }
    return Optional.empty();
  }
}
