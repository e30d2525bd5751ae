package dev.atrium.engine.text.jinja;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A string that knows of each of its characters whether the template wrote it (trusted) or it came
 * from outside. Operations keep that knowledge; equality and order look at the text alone.
 */
public final class Str implements Value {

  /** Longest string that a template may build, in UTF-16 units. */
  static final int MAX_LENGTH = 4 << 20;

  private static final int[] NO_CUTS = {};

  static final Str EMPTY = trusted("");

  /** A stretch of one origin. */
  public record Piece(String text, boolean trusted) {}

  private final String text;
  private final boolean firstTrusted;

  /** Where trust changes, ascending, each within the text. */
  private final int[] cuts;

  private Str(String text, boolean firstTrusted, int[] cuts) {
    this.text = text;
    this.firstTrusted = firstTrusted;
    this.cuts = cuts;
  }

  public static Str trusted(String text) {
    return new Str(text, true, NO_CUTS);
  }

  public static Str untrusted(String text) {
    return new Str(text, false, NO_CUTS);
  }

  public String text() {
    return text;
  }

  /** The text in stretches of one origin, none of them empty. */
  public List<Piece> pieces() {
    List<Piece> pieces = new ArrayList<>(cuts.length + 1);
    boolean trust = firstTrusted;
    int from = 0;
    for (int i = 0; i <= cuts.length; i++) {
      int to = i < cuts.length ? cuts[i] : text.length();
      if (to > from) {
        pieces.add(new Piece(text.substring(from, to), trust));
      }
      trust = !trust;
      from = to;
    }
    return pieces;
  }

  boolean isEmpty() {
    return text.isEmpty();
  }

  /** Length as Python counts it, in code points. */
  int length() {
    return text.codePointCount(0, text.length());
  }

  private boolean trustedAt(int index) {
    int at = Arrays.binarySearch(cuts, index);
    int passed = at >= 0 ? at + 1 : -at - 1;
    return firstTrusted ^ ((passed & 1) == 1);
  }

  /** By UTF-16 indices. */
  Str sub(int from, int to) {
    if (from >= to) {
      return EMPTY;
    }
    if (from == 0 && to == text.length()) {
      return this;
    }
    int[] inside = cuts.length == 0
      ? NO_CUTS
      : Arrays.stream(cuts)
        .filter(c -> c > from && c < to)
        .map(c -> c - from)
        .toArray();
    return new Str(text.substring(from, to), trustedAt(from), inside);
  }

  /** By code points, both within the text. */
  Str codePoints(int from, int to) {
    int start = text.offsetByCodePoints(0, from);
    return sub(start, text.offsetByCodePoints(start, to - from));
  }

  /** Its characters one by one. */
  List<Value> characters() {
    List<Value> all = new ArrayList<>(Budget.items(length()));
    for (int i = 0; i < text.length(); ) {
      int next = i + Character.charCount(text.codePointAt(i));
      all.add(sub(i, next));
      i = next;
    }
    return all;
  }

  /** Changes each stretch by itself; for changes that look at single characters only. */
  Str map(UnaryOperator<String> change) {
    Builder out = new Builder();
    pieces().forEach(p -> out.add(change.apply(p.text()), p.trusted()));
    return out.build();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Str str && str.text.equals(text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  @Override
  public String toString() {
    return text;
  }

  /** Puts strings together. */
  static final class Builder {

    private final StringBuilder text = new StringBuilder();
    private int[] cuts = new int[8];
    private int cutCount;
    private boolean firstTrusted = true;
    private boolean lastTrusted = true;

    Builder add(Str str) {
      return add(str, 0, str.text.length());
    }

    Builder add(Str str, int from, int to) {
      if (str.cuts.length == 0) {
        return add(str.text, from, to, str.firstTrusted);
      }
      str
        .sub(from, to)
        .pieces()
        .forEach(p -> add(p.text(), p.trusted()));
      return this;
    }

    Builder add(String piece, boolean trusted) {
      return add(piece, 0, piece.length(), trusted);
    }

    /** The template's own text. */
    Builder add(String piece) {
      return add(piece, true);
    }

    private Builder add(String piece, int from, int to, boolean trusted) {
      if (from >= to) {
        return this;
      }
      if (text.length() + (long) (to - from) > MAX_LENGTH) {
        throw new Fault("the text grows beyond " + MAX_LENGTH + " characters");
      }
      if (text.isEmpty()) {
        firstTrusted = trusted;
      } else if (trusted != lastTrusted) {
        if (cutCount == cuts.length) {
          cuts = Arrays.copyOf(cuts, 2 * cutCount);
        }
        cuts[cutCount++] = text.length();
      }
      lastTrusted = trusted;
      text.append(piece, from, to);
      return this;
    }

    int length() {
      return text.length();
    }

    Str build() {
      return text.isEmpty()
        ? EMPTY
        : new Str(text.toString(), firstTrusted, Arrays.copyOf(cuts, cutCount));
    }
  }
}
