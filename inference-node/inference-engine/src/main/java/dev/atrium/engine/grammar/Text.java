package dev.atrium.engine.grammar;

/**
 * A JSON string (RFC 8259) of a bounded number of characters, quotes included. Bytes are well-formed
 * UTF-8 (RFC 3629), and escaped surrogates come in pairs, so that every text of it has a meaning. A
 * character is a code point, however it is written: that is how JSON Schema counts.
 */
final class Text implements Terminal {

  /** As a most: no bound. */
  static final int ANY = Integer.MAX_VALUE;

  /** Far more than a counted text needs; its states are numbers below 2^31. */
  static final int MOST = 1_000_000;

  private static final int OPEN = 0;
  static final int INSIDE = 1;
  private static final int CLOSED = 2;
  private static final int ESCAPE = 3;
  /** So many bytes of the form 10xxxxxx are to come. */
  private static final int MORE_1 = 4;
  private static final int MORE_2 = 5;
  private static final int MORE_3 = 6;
  private static final int AFTER_E0 = 7;
  private static final int AFTER_ED = 8;
  private static final int AFTER_F0 = 9;
  private static final int AFTER_F4 = 10;
  /** After {@code \\u} and so many digits. */
  private static final int HEX_0 = 11;
  private static final int HEX_1 = 12;
  private static final int HEX_2 = 13;
  private static final int HEX_3 = 14;
  private static final int HEX_D = 15;
  /** The first of two surrogates, and what has to follow. */
  private static final int HIGH_2 = 16;
  private static final int HIGH_3 = 17;
  private static final int HIGH = 18;
  private static final int LOW_ESCAPE = 19;
  private static final int LOW_0 = 20;
  private static final int LOW_1 = 21;
  private static final int LOW_2 = 22;
  private static final int LOW_3 = 23;
  static final int PLACES = 24;

  private final int min;
  private final int max;

  /**
   * @param min fewest characters, at most {@link #MOST}
   * @param max most characters, at most {@link #MOST}, or {@link #ANY}
   */
  Text(int min, int max) {
    if (min < 0 || min > MOST || (max > MOST && max != ANY)) {
      throw new IllegalArgumentException("a text of " + min + " to " + max + " characters");
    }
    this.min = min;
    this.max = max;
  }

  @Override
  public int start() {
    return OPEN;
  }

  @Override
  public int next(int state, int b) {
    int count = state / PLACES;
    int place = state % PLACES;
    if (place == INSIDE) {
      if (b == '"') {
        return count >= min ? CLOSED : DEAD;
      }
      if (count == max) {
        return DEAD;
      }
    }
    int to = move(place, b);
    if (to == DEAD) {
      return DEAD;
    }
    boolean whole = to == INSIDE && place != OPEN;
    // Past the minimum, a text without a maximum need not count any more.
    int now = whole && !(max == ANY && count == min) ? count + 1 : count;
    return now * PLACES + to;
  }

  static int move(int place, int b) {
    return switch (place) {
      case OPEN -> b == '"' ? INSIDE : DEAD;
      case INSIDE -> begin(b);
      case ESCAPE -> b == 'u' ? HEX_0 : "\"\\/bfnrt".indexOf(b) >= 0 ? INSIDE : DEAD;
      case MORE_1 -> within(b, 0x80, 0xBF, INSIDE);
      case MORE_2 -> within(b, 0x80, 0xBF, MORE_1);
      case MORE_3 -> within(b, 0x80, 0xBF, MORE_2);
      case AFTER_E0 -> within(b, 0xA0, 0xBF, MORE_1);
      case AFTER_ED -> within(b, 0x80, 0x9F, MORE_1);
      case AFTER_F0 -> within(b, 0x90, 0xBF, MORE_2);
      case AFTER_F4 -> within(b, 0x80, 0x8F, MORE_2);
      case HEX_0 -> hex(b) == 0xD ? HEX_D : hex(b, 0, 15, HEX_1);
      case HEX_1 -> hex(b, 0, 15, HEX_2);
      case HEX_2 -> hex(b, 0, 15, HEX_3);
      case HEX_3 -> hex(b, 0, 15, INSIDE);
      case HEX_D -> hex(b) < 8 ? hex(b, 0, 7, HEX_2) : hex(b, 8, 11, HIGH_2);
      case HIGH_2 -> hex(b, 0, 15, HIGH_3);
      case HIGH_3 -> hex(b, 0, 15, HIGH);
      case HIGH -> b == '\\' ? LOW_ESCAPE : DEAD;
      case LOW_ESCAPE -> b == 'u' ? LOW_0 : DEAD;
      case LOW_0 -> hex(b, 13, 13, LOW_1);
      case LOW_1 -> hex(b, 12, 15, LOW_2);
      case LOW_2 -> hex(b, 0, 15, LOW_3);
      case LOW_3 -> hex(b, 0, 15, INSIDE);
      default -> DEAD;
    };
  }

  private static int begin(int b) {
    if (b == '\\') {
      return ESCAPE;
    }
    if (b < 0x80) {
      return b >= 0x20 ? INSIDE : DEAD;
    }
    return switch (b) {
      case 0xE0 -> AFTER_E0;
      case 0xED -> AFTER_ED;
      case 0xF0 -> AFTER_F0;
      case 0xF4 -> AFTER_F4;
      default -> {
        int two = within(b, 0xC2, 0xDF, MORE_1);
        int three = within(b, 0xE1, 0xEF, MORE_2);
        int four = within(b, 0xF1, 0xF3, MORE_3);
        yield Math.max(two, Math.max(three, four));
      }
    };
  }

  private static int within(int b, int from, int to, int then) {
    return b >= from && b <= to ? then : DEAD;
  }

  private static int hex(int b) {
    return Character.digit(b, 16);
  }

  private static int hex(int b, int from, int to, int then) {
    return b < 0x80 ? within(hex(b), from, to, then) : DEAD;
  }

  @Override
  public boolean accepts(int state) {
    return state == CLOSED;
  }

  @Override
  public boolean closed(int state) {
    return state == CLOSED;
  }

  @Override
  public long key(int state, int length) {
    int count = state / PLACES;
    int far = length + 1;
    long missing = Math.min(Math.max(min - count, 0), far);
    long room = Math.min((long) max - count, far);
    return ((missing * (far + 1L) + room) * PLACES) + (state % PLACES);
  }
}
