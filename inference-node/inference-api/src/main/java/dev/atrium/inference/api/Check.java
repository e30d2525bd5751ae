package dev.atrium.inference.api;

import java.util.List;

/** The checks that the records' constructors share. */
final class Check {

  private static final int ID_CHARS = 64;

  private Check() {}

  static String id(String field, String value) {
    if (value == null || !isId(value)) {
      throw new BadMessageException(field, "must be 1 to 64 of A-Z a-z 0-9 _ -");
    }
    return value;
  }

  /**
   * No dot, because ids are parts of dotted addresses. By hand: a hub reads ten thousand ids a second,
   * and a pattern took a fifteenth of its time.
   */
  private static boolean isId(String value) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      if (!letter && (c < '0' || c > '9') && c != '_' && c != '-') {
        return false;
      }
    }
    return !value.isEmpty() && value.length() <= ID_CHARS;
  }

  static String name(String field, String value) {
    if (value == null || value.isBlank()) {
      throw new BadMessageException(field, "must not be empty");
    }
    return text(field, value, Limits.NAME_CHARS);
  }

  static String text(String field, String value, int maxChars) {
    if (value == null) {
      throw new BadMessageException(field, "is missing");
    }
    if (value.length() > maxChars) {
      throw new BadMessageException(field, "is longer than " + maxChars + " characters");
    }
    return value;
  }

  static int within(String field, int value, int min, int max) {
    within(field, (long) value, min, max);
    return value;
  }

  static long within(String field, long value, long min, long max) {
    if (value < min || value > max) {
      throw new BadMessageException(field, "must be between " + min + " and " + max);
    }
    return value;
  }

  static double within(String field, double value, double min, double max) {
    // Written so that NaN fails too.
    if (!(value >= min && value <= max)) {
      throw new BadMessageException(field, "must be between " + min + " and " + max);
    }
    return value;
  }

  static <T> List<T> list(String field, List<T> values, int min, int max) {
    if (values == null) {
      throw new BadMessageException(field, "is missing");
    }
    if (values.size() < min || values.size() > max) {
      throw new BadMessageException(field, "must hold " + min + " to " + max + " items");
    }
    return List.copyOf(values);
  }

  static List<Integer> tokenIds(String field, List<Integer> ids) {
    List<Integer> copy = list(field, ids, 0, Limits.TOKENS);
    for (int id : copy) {
      if (id < 0) {
        throw new BadMessageException(field, "holds a negative token id");
      }
    }
    return copy;
  }

  static int attempt(int attempt) {
    return within("attempt", attempt, 1, 1_000_000);
  }

  static long seq(String field, long seq) {
    return within(field, seq, 1, Long.MAX_VALUE);
  }

  static int tokens(String field, int tokens) {
    return within(field, tokens, 0, Limits.TOKENS);
  }
}
