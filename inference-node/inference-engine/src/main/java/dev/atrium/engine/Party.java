package dev.atrium.engine;

/**
 * On whose behalf a sequence is computed. Departments share the engine fairly, users share what their
 * department gets, and what is in the cache of one user is used for no other.
 */
public record Party(String department, String user) {
  /** Nobody in particular: shares with all such, and leaves nothing in the cache. */
  public static final Party NONE = new Party("", "");

  boolean known() {
    return !user.isEmpty();
  }
}
