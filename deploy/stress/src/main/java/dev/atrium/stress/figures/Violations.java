package dev.atrium.stress.figures;

import java.util.ArrayList;
import java.util.List;

/** What must never happen, and did. Safe for many threads. */
public final class Violations {

  /** Evidence is cut here: an answer that is wrong at its beginning is wrong to its end. */
  private static final int LONGEST = 600;

  /** The promise that was broken. */
  public enum Kind {
    /** (a) A prompt that was acknowledged is not in the database. */
    LOST_PROMPT,
    /** (b) A gap, a repeat, foreign text, or another text stored than shown. */
    TEXT,
    /** (b) What was shown was taken back, though only one process was lost at a time. */
    TAKEN_BACK,
    /** (c) An acknowledged request without an end, with two, or with another one than is stored. */
    END,
    /** An answer was given up, though only one process was lost at a time. */
    GIVEN_UP,
    /** Text stood still for longer than it may after the loss of one process. */
    STALL,
    /** A prompt was read more often than once an attempt, or an attempt made without need. */
    PREFILL,
    /** (d) The books don't add up. */
    LEDGER,
    /** Something is left over after the run. */
    LEAK,
  }

  /** One of them. */
  public record Violation(Kind kind, String evidence) {
    @Override
    public String toString() {
      return kind + ": " + evidence;
    }
  }

  private final List<Violation> found = new ArrayList<>();

  /** Notes one. */
  public synchronized void add(Kind kind, String evidence, Object... values) {
    String text = evidence.formatted(values);
    found.add(
      new Violation(kind, text.length() > LONGEST ? text.substring(0, LONGEST) + "…" : text)
    );
  }

  /** All so far, in their order. */
  public synchronized List<Violation> all() {
    return List.copyOf(found);
  }
}
