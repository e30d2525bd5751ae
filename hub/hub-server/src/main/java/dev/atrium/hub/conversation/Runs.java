package dev.atrium.hub.conversation;

import dev.atrium.api.HubFrame.Part;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Of what an answer's text is made: thought, answer and calls of tools, one after another, each with its
 * length in code points. The last one is what comes next, so it may be empty. Not safe for threads.
 */
public final class Runs {

  /** So many code points of one part. */
  public record Run(Part part, int length) {}

  private final List<Run> runs = new ArrayList<>();

  /** Of nothing yet; what comes is answer. */
  public Runs() {
    runs.add(new Run(Part.ANSWER, 0));
  }

  /** Of a text that is all answer. */
  public static Runs answer(int length) {
    Runs all = new Runs();
    all.extend(length);
    return all;
  }

  public List<Run> all() {
    return List.copyOf(runs);
  }

  /** What comes next. */
  public Part part() {
    return runs.getLast().part();
  }

  /** Code points of the last one. */
  public int lastLength() {
    return runs.getLast().length();
  }

  /** From here on it is this part. Each call of a tool is a run of its own. */
  public void begin(Part part) {
    boolean goesOn = part == part() && part != Part.TOOL_CALL;
    if (lastLength() == 0) {
      runs.removeLast();
      boolean joins = !runs.isEmpty() && part == part() && part != Part.TOOL_CALL;
      if (!joins) {
        runs.add(new Run(part, 0));
      }
    } else if (!goesOn) {
      runs.add(new Run(part, 0));
    }
  }

  /** So much more of the part that is on. */
  public void extend(int codePoints) {
    Run last = runs.removeLast();
    runs.add(new Run(last.part(), last.length() + codePoints));
  }

  /** Appends what came after this. */
  public void addAll(Runs more) {
    for (Run run : more.runs) {
      begin(run.part());
      extend(run.length());
    }
  }

  /** From a position on, to the end. */
  public Runs from(int position) {
    Runs rest = new Runs();
    int at = 0;
    for (Run run : runs) {
      int end = at + run.length();
      if (end > position) {
        rest.begin(run.part());
        rest.extend(end - Math.max(at, position));
      }
      at = end;
    }
    rest.begin(part());
    return rest;
  }

  /** Whether all of it is answer, and what comes too. */
  boolean plain() {
    return runs.stream().allMatch(run -> run.part() == Part.ANSWER);
  }

  /** As it is stored with a piece of an answer. */
  String stored() {
    return runs
      .stream()
      .map(run -> kind(run.part()) + " " + run.length())
      .collect(Collectors.joining(","));
  }

  /** Reads what {@link #stored} wrote. */
  static Runs read(String stored) {
    Runs all = new Runs();
    for (String run : stored.split(",")) {
      int gap = run.indexOf(' ');
      all.begin(part(run.substring(0, gap)));
      all.extend(Integer.parseInt(run.substring(gap + 1)));
    }
    return all;
  }

  /** The schema's word for it. */
  static String kind(Part part) {
    return switch (part) {
      case ANSWER -> "text";
      case THOUGHT -> "reasoning";
      case TOOL_CALL -> "tool_call";
    };
  }

  static Part part(String kind) {
    return switch (kind) {
      case "text" -> Part.ANSWER;
      case "reasoning" -> Part.THOUGHT;
      case "tool_call" -> Part.TOOL_CALL;
      default -> throw new IllegalArgumentException("no part of an answer: " + kind);
    };
  }

  @Override
  public String toString() {
    return stored();
  }
}
