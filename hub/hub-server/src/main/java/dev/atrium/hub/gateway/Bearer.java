package dev.atrium.hub.gateway;

import java.util.Locale;
import java.util.Optional;

/** The header {@code Authorization: Bearer …} (RFC 6750, 2.1), by which programs show an API key. */
public final class Bearer {

  private static final String SCHEME = "bearer ";
  private static final int LONGEST = 200;

  private Bearer() {}

  /**
   * What a request that carries the header shows; empty without the header, which may be null. Another
   * scheme, or something far too long, is shown as an empty key, which opens nothing: who sends the
   * header means to be known by it, and not by a cookie.
   */
  public static Optional<String> token(String header) {
    if (header == null) {
      return Optional.empty();
    }
    boolean fits = header.length() <= LONGEST && header.toLowerCase(Locale.ROOT).startsWith(SCHEME);
    return Optional.of(fits ? header.substring(SCHEME.length()).strip() : "");
  }
}
