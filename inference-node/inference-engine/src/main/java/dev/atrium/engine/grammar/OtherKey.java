package dev.atrium.engine.grammar;

import java.util.Collection;

/**
 * A JSON string that is none of these keys, quotes included. It has no escapes: so it can't be one of
 * the keys in disguise.
 */
final class OtherKey implements Terminal {

  private static final int OPEN = 0;
  private static final int CLOSED = 1;
  private static final int INSIDE = 2;
  /** No key begins like this. */
  private static final int OFF = 0;

  private final Words keys;

  OtherKey(Collection<String> keys) {
    this.keys = Words.of(keys);
  }

  @Override
  public int start() {
    return OPEN;
  }

  @Override
  public int next(int state, int b) {
    if (state == OPEN) {
      return b == '"' ? inside(1, Text.INSIDE) : DEAD;
    }
    if (state == CLOSED) {
      return DEAD;
    }
    int place = (state - INSIDE) % Text.PLACES;
    int read = (state - INSIDE) / Text.PLACES;
    if (place == Text.INSIDE && b == '"') {
      return read != OFF && keys.accepts(read - 1) ? DEAD : CLOSED;
    }
    int to = b == '\\' ? DEAD : Text.move(place, b);
    if (to == DEAD) {
      return DEAD;
    }
    int key = read == OFF ? DEAD : keys.next(read - 1, b);
    return inside(key == DEAD ? OFF : key + 1, to);
  }

  private static int inside(int read, int place) {
    return INSIDE + read * Text.PLACES + place;
  }

  @Override
  public boolean accepts(int state) {
    return state == CLOSED;
  }

  @Override
  public boolean closed(int state) {
    return state == CLOSED;
  }
}
