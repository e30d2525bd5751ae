package dev.atrium.starter.corpus;

import java.util.List;
import java.util.Map;

/**
 * How much of the training each lesson and each family is: all of it is decided here.
 *
 * <p>10,500 steps of 2,048 tokens are 21.5 million. One in sixteen is {@code Recitation}: 1.3 million.
 * The others go by {@link #TURNS}, twelve to a round: six are talk, five tasks, one is both, so that
 * talk gets 6.5 twelfths, 10.9 million, and tasks 5.5 twelfths, 9.2 million. What of that each
 * family gets is its chance below times the length of its chats; {@code deploy/atrium train starter
 * --shares} counts it.
 */
public final class Shares {

  /** What the chats of one batch are. */
  public enum Lesson {
    /** Talk, the answers broken off after their first words: many wordings in little room. */
    OPENINGS,
    TALK,
    TASKS,
    BOTH,
  }

  /** One step in so many is spent on copying what has no meaning. */
  public static final int RECITING = 16;

  /** The lessons of twelve steps, again and again. */
  public static final List<Lesson> TURNS = List.of(
    Lesson.OPENINGS,
    Lesson.TASKS,
    Lesson.OPENINGS,
    Lesson.TASKS,
    Lesson.TALK,
    Lesson.TASKS,
    Lesson.OPENINGS,
    Lesson.TASKS,
    Lesson.OPENINGS,
    Lesson.TASKS,
    Lesson.OPENINGS,
    Lesson.BOTH
  );

  /** Chances in a hundred of the families of talk. Refusals need the most, for they have no end. */
  static final Map<String, Integer> TALK = Map.of(
    "greeting",
    13,
    "identity",
    15,
    "atrium",
    24,
    "skills",
    8,
    "refusal",
    40
  );

  /** Chances in a hundred of the families of tasks: those that must find something, most. */
  public static final Map<String, Integer> TASKS = Map.ofEntries(
    Map.entry("lookup", 17),
    Map.entry("absent", 7),
    Map.entry("handbook", 9),
    Map.entry("extract", 9),
    Map.entry("recite", 6),
    Map.entry("list", 6),
    Map.entry("table", 7),
    Map.entry("mail", 7),
    Map.entry("polite", 5),
    Map.entry("classify", 6),
    Map.entry("minutes", 4),
    Map.entry("notice", 4),
    Map.entry("report", 4),
    Map.entry("shorter", 3),
    Map.entry("follow", 4),
    Map.entry("dates", 1),
    Map.entry("sums", 1)
  );

  /**
   * What is trained on: the lessons of twelve steps, again and again, and the chances in a hundred of the
   * families of tasks.
   */
  public record Plan(List<Lesson> turns, Map<String, Integer> tasks) {}

  /** From nothing. */
  public static final Plan FIRST = new Plan(TURNS, TASKS);

  /**
   * For weights that have learned the above: most of it tasks, and of these what they were worst at, which
   * are those that must tell two names apart or find one sentence among several.
   */
  public static final Plan AGAIN = new Plan(
    List.of(
      Lesson.TASKS,
      Lesson.TASKS,
      Lesson.OPENINGS,
      Lesson.TASKS,
      Lesson.TASKS,
      Lesson.OPENINGS,
      Lesson.TASKS,
      Lesson.TASKS,
      Lesson.OPENINGS,
      Lesson.TASKS,
      Lesson.TASKS,
      Lesson.BOTH
    ),
    Map.ofEntries(
      Map.entry("lookup", 12),
      Map.entry("absent", 10),
      Map.entry("handbook", 12),
      Map.entry("extract", 8),
      Map.entry("recite", 2),
      Map.entry("list", 3),
      Map.entry("table", 8),
      Map.entry("mail", 20),
      Map.entry("polite", 3),
      Map.entry("classify", 3),
      Map.entry("minutes", 5),
      Map.entry("notice", 7),
      Map.entry("report", 2),
      Map.entry("shorter", 1),
      Map.entry("follow", 2),
      Map.entry("dates", 1),
      Map.entry("sums", 1)
    )
  );

  private Shares() {}
}
