package dev.atrium.engine.grammar;

import java.util.Map;
import java.util.Optional;

/**
 * The values of {@code format} that are kept, each as a pattern: dates and times of RFC 3339 (in
 * UTC or with an offset, without leap seconds), UUIDs of RFC 9562, addresses of IPv4.
 */
final class StringFormat {

  private static final String DAY_28 = "(0[1-9]|1\\d|2[0-8])";
  private static final String LEAP =
    "(\\d\\d(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)";
  private static final String DATE =
    "(\\d{4}-((0[13578]|1[02])-(0[1-9]|[12]\\d|3[01])|(0[469]|11)-(0[1-9]|[12]\\d|30)|02-" +
    DAY_28 +
    ")|" +
    LEAP +
    "-02-29)";
  private static final String CLOCK = "([01]\\d|2[0-3]):[0-5]\\d";
  private static final String TIME = CLOCK + ":[0-5]\\d(\\.\\d{1,6})?(Z|[+-]" + CLOCK + ")";
  private static final String BYTE = "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";

  private static final Map<String, String> PATTERNS = Map.of(
    "date",
    "^" + DATE + "$",
    "time",
    "^" + TIME + "$",
    "date-time",
    "^" + DATE + "T" + TIME + "$",
    "uuid",
    "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
    "ipv4",
    "^" + BYTE + "(\\." + BYTE + "){3}$"
  );

  private StringFormat() {}

  static Optional<String> pattern(String name) {
    return Optional.ofNullable(PATTERNS.get(name));
  }
}
