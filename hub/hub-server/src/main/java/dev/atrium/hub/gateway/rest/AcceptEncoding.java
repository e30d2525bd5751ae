package dev.atrium.hub.gateway.rest;

import java.util.Locale;

/** The header of this name (RFC 9110, 12.5.3), as far as it is of use here. */
final class AcceptEncoding {

  private AcceptEncoding() {}

  /** Whether gzip may be sent: it is named, or everything is, and its weight is not zero. */
  static boolean allowsGzip(String header) {
    if (header == null) {
      return false;
    }
    boolean others = false;
    for (String element : header.toLowerCase(Locale.ROOT).split(",", -1)) {
      String[] parts = element.split(";", -1);
      String coding = parts[0].strip();
      boolean wanted = parts.length < 2 || !parts[1].replace(" ", "").matches("q=0(\\.0*)?");
      if (coding.equals("gzip") || coding.equals("x-gzip")) {
        return wanted;
      }
      others |= coding.equals("*") && wanted;
    }
    return others;
  }
}
