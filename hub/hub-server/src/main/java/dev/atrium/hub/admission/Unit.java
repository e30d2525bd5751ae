package dev.atrium.hub.admission;

import java.util.Locale;

/** What rate limits count. */
enum Unit {
  REQUESTS,
  TOKENS;

  String code() {
    return name().toLowerCase(Locale.ROOT);
  }
}
