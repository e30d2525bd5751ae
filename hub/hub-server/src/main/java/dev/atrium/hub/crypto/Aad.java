package dev.atrium.hub.crypto;

import java.nio.charset.StandardCharsets;

/**
 * Associated data: the name of the place a ciphertext belongs to. What was sealed for one place
 * can't be opened in another, so nobody with write access to the tables can swap rows unnoticed.
 */
public record Aad(String place) {
  /** Parts must not hold a slash, or two places could have one name. */
  public static Aad of(String table, Object... ids) {
    var place = new StringBuilder(table);
    for (var id : ids) {
      var part = id.toString();
      if (part.indexOf('/') >= 0) {
        throw new IllegalArgumentException("a part of a place holds a slash");
      }
      place.append('/').append(part);
    }
    return new Aad(place.toString());
  }

  byte[] bytes() {
    return place.getBytes(StandardCharsets.UTF_8);
  }
}
