package dev.atrium.admin;

/**
 * A subject as it is typed: {@code user:ada}.
 *
 * @param name empty where there is no colon, as in {@code everybody}
 */
record TypedName(String kind, String name) {
  static TypedName of(String text) {
    int colon = text.indexOf(':');
    return colon < 0
      ? new TypedName(text, "")
      : new TypedName(text.substring(0, colon), text.substring(colon + 1));
  }
}
