package dev.atrium.policy.sensitive;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * International bank account numbers (ISO 13616): a country, its length by the registry of SWIFT, and
 * the check digits by ISO 7064 MOD 97-10. Written together, or in fours with spaces.
 */
final class Ibans implements Detector {

  private static final Map<String, Integer> LENGTHS = lengths(
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 " +
    "DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 " +
    "IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 " +
    "MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 " +
    "SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30"
  );

  @Override
  public Kind kind() {
    return Kind.IBAN;
  }

  private static Map<String, Integer> lengths(String table) {
    Map<String, Integer> lengths = new HashMap<>();
    for (String row : table.split(" ")) {
      lengths.put(row.substring(0, 2), Integer.parseInt(row.substring(2)));
    }
    return Map.copyOf(lengths);
  }

  @Override
  public void find(Reading text, Consumer<Finding> found) {
    for (int i = 0; i < text.length(); i++) {
      if (
        Reading.letter(text.get(i)) &&
        Reading.letter(text.get(i + 1)) &&
        Reading.digit(text.get(i + 2)) &&
        Reading.digit(text.get(i + 3)) &&
        !Reading.alphanumeric(text.get(i - 1))
      ) {
        int end = end(text, i);
        if (end > 0) {
          found.accept(text.finding(Kind.IBAN, i, end));
          i = end - 1;
        }
      }
    }
  }

  /** The end of the account number that begins here, or 0. */
  private static int end(Reading text, int start) {
    Integer length = LENGTHS.get(text.slice(start, start + 2).toUpperCase(java.util.Locale.ROOT));
    if (length == null) {
      return 0;
    }
    StringBuilder iban = new StringBuilder(length);
    int i = start;
    boolean spaced = text.get(start + 4) == ' ';
    while (iban.length() < length) {
      if (spaced && !iban.isEmpty() && iban.length() % 4 == 0) {
        if (text.get(i) != ' ') {
          return 0;
        }
        i++;
      }
      char c = text.get(i++);
      if (!Reading.alphanumeric(c)) {
        return 0;
      }
      iban.append(Character.toUpperCase(c));
    }
    return !Reading.alphanumeric(text.get(i)) && valid(iban) ? i : 0;
  }

  /** Whether the check digits are right. */
  static boolean valid(CharSequence iban) {
    int rest = 0;
    for (int k = 0; k < iban.length(); k++) {
      char c = iban.charAt((k + 4) % iban.length());
      int value = Character.digit(c, 36);
      rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
    }
    return rest == 1;
  }
}
