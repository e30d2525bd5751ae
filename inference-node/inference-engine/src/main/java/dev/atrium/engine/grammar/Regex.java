package dev.atrium.engine.grammar;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/** A regular expression over bytes, to be made a {@link Dfa}. */
sealed interface Regex {
  /** As the most of a {@link Repeat}: no bound. */
  int ANY = -1;

  /** One byte of these. */
  record Set(BitSet bytes) implements Regex {}

  /** One after another; the empty text if there are none. */
  record Seq(List<Regex> parts) implements Regex {}

  /** One of these; no text at all if there are none. */
  record Alt(List<Regex> ways) implements Regex {}

  record Repeat(Regex part, int min, int max) implements Regex {}

  static Regex seq(Regex... parts) {
    return new Seq(Arrays.asList(parts));
  }

  static Regex alt(Regex... ways) {
    return new Alt(Arrays.asList(ways));
  }

  static Regex repeat(Regex part, int min, int max) {
    return new Repeat(part, min, max);
  }

  static Regex maybe(Regex part) {
    return repeat(part, 0, 1);
  }

  static Regex text(String text) {
    List<Regex> bytes = new ArrayList<>();
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      bytes.add(range(b & 0xff, b & 0xff));
    }
    return new Seq(bytes);
  }

  /** One byte from here to there. */
  static Regex range(int from, int to) {
    BitSet bytes = new BitSet(256);
    bytes.set(from, to + 1);
    return new Set(bytes);
  }

  /** One of these ASCII characters. */
  static Regex of(String chars) {
    BitSet bytes = new BitSet(256);
    chars.chars().forEach(bytes::set);
    return new Set(bytes);
  }
}
