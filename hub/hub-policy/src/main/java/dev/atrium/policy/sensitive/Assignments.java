package dev.atrium.policy.sensitive;

import java.util.List;

/**
 * Values that stand behind a name which says that they are secret: {@code DB_PASSWORD=…}, {@code
 * "apiKey": "…"}, {@code 密码是…}, and the password of {@code scheme://user:password@host}.
 */
final class Assignments {

  private static final int MOST_NAME = 40;
  private static final int MOST_VALUE = 256;
  private static final int MOST_BETWEEN = 3;
  private static final List<String> NAMES = List.of(
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "token",
    "apikey",
    "accesskey",
    "privatekey",
    "credential"
  );
  private static final List<String> CHINESE = List.of("密码", "口令", "密钥", "令牌");
  private static final String VERBS = "是为:= ";

  private final Reading text;
  private final List<Finding> found;

  Assignments(Reading text, List<Finding> found) {
    this.text = text;
    this.found = found;
  }

  void find() {
    for (int i = 0; i < text.length(); i++) {
      char c = text.get(i);
      if (c == '=' || c == ':') {
        if (text.has(i, "://")) {
          url(i + 3);
        } else if (secretName(i)) {
          value(i + 1);
        }
      } else if (c == '密' || c == '口' || c == '令') {
        chinese(i);
      }
    }
  }

  /** Whether the name before the sign calls its value a secret. */
  private boolean secretName(int sign) {
    int end = sign;
    while (end > sign - MOST_BETWEEN && between(text.get(end - 1))) {
      end--;
    }
    int start = end;
    while (start > end - MOST_NAME && named(text.get(start - 1))) {
      start--;
    }
    StringBuilder name = new StringBuilder();
    for (int i = start; i < end; i++) {
      if (Reading.letter(text.get(i))) {
        name.append(Reading.lower(text.get(i)));
      }
    }
    return NAMES.stream().anyMatch(n -> name.indexOf(n) >= 0);
  }

  private static boolean between(char c) {
    return c == ' ' || c == '"' || c == '\'' || c == '`';
  }

  private static boolean named(char c) {
    return Reading.alphanumeric(c) || c == '_' || c == '-' || c == '.';
  }

  private void chinese(int i) {
    for (String name : CHINESE) {
      if (text.has(i, name)) {
        int start = i + name.length();
        while (start < i + name.length() + MOST_BETWEEN && VERBS.indexOf(text.get(start)) >= 0) {
          start++;
        }
        value(start);
      }
    }
  }

  private void value(int from) {
    int start = from;
    while (
      start < from + MOST_BETWEEN &&
      (between(text.get(start)) || text.get(start) == '=' || text.get(start) == '>')
    ) {
      start++;
    }
    int end = start;
    while (end < start + MOST_VALUE && valued(text.get(end))) {
      end++;
    }
    // A sentence may end behind it.
    while (end > start && ".,;:!?)".indexOf(text.get(end - 1)) >= 0 && text.get(end) != '"') {
      end--;
    }
    take(start, end);
  }

  private static boolean valued(char c) {
    return c > ' ' && c < 127 && "\"'`,;<>[]{}".indexOf(c) < 0;
  }

  /** The password of the user within an address. */
  private void url(int from) {
    int colon = 0;
    for (int i = from; i < from + MOST_VALUE; i++) {
      char c = text.get(i);
      if (c == '@' && colon > 0) {
        take(colon + 1, i);
        return;
      }
      if (c == ':' && colon == 0) {
        colon = i;
      } else if (!valued(c) || c == '/') {
        return;
      }
    }
  }

  private void take(int start, int end) {
    if (end > start && Strength.password(text.slice(start, end))) {
      found.add(text.finding(Kind.SECRET, start, end));
    }
  }
}
