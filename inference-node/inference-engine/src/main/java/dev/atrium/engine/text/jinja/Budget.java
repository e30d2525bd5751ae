package dev.atrium.engine.text.jinja;

/**
 * The work that one rendering may do. A template comes with a model's files, so it is input: it
 * must not be able to hold a thread for long or to fill the heap.
 */
final class Budget {

  /** Less than a second of work; rendering a long chat takes a thousandth of it. */
  private static final long STEPS = 10_000_000;

  /** Nesting of evaluations and macro calls; keeps the stack within a thread's usual size. */
  private static final int MAX_DEPTH = 400;

  /** Longest list that a template may build. */
  static final int MAX_ITEMS = 500_000;

  /** Deepest nesting of values that is followed. */
  static final int MAX_NESTING = 100;

  /** What a scope costs, for a pass of a loop or a call of a macro. */
  static final int SCOPE = 5;

  private long left = STEPS;
  private int depth;

  void spend(long steps) {
    left -= steps;
    if (left < 0) {
      throw new Fault("the template does more work than a rendering may");
    }
  }

  void enter() {
    spend(1);
    if (++depth > MAX_DEPTH) {
      throw new Fault("the template nests its work deeper than " + MAX_DEPTH + " levels");
    }
  }

  void leave() {
    depth--;
  }

  /** What making a value costs in proportion to its size. */
  Value made(Value value) {
    spend(
      switch (value) {
        case Str str -> str.text().length() / 8;
        case Value.Seq seq -> 4L * seq.items().size();
        case Value.Dict dict -> 4L * dict.entries().size();
        default -> 0;
      }
    );
    return value;
  }

  /** What going through a text costs. Lists cost where their items are gone through. */
  void read(Value value) {
    if (value instanceof Str str) {
      spend(str.text().length() / 8);
    }
  }

  /** Searching a text for another takes, at worst, the product of their lengths. */
  void search(Value text, Value sought) {
    if (text instanceof Str in && sought instanceof Str what) {
      spend((in.text().length() / 16L) * (1 + what.text().length() / 32));
    }
  }

  static int items(long count) {
    if (count > MAX_ITEMS) {
      throw new Fault("a list grows beyond " + MAX_ITEMS + " items");
    }
    return (int) Math.max(count, 0);
  }

  static int nested(int depth) {
    if (depth > MAX_NESTING) {
      throw new Fault("a value is nested deeper than " + MAX_NESTING + " levels");
    }
    return depth + 1;
  }
}
