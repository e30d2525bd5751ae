package dev.atrium.engine.text;

import java.util.Objects;

/**
 * A piece of a rendered prompt together with where it came from.
 *
 * @param trusted true for the template's own text, in which special tokens are recognised; false
 *     for what came from messages, tools or other callers' data, in which they never are
 */
public record Segment(String text, boolean trusted) {
  public Segment {
    Objects.requireNonNull(text, "text");
  }

  public static Segment trusted(String text) {
    return new Segment(text, true);
  }

  public static Segment untrusted(String text) {
    return new Segment(text, false);
  }
}
