package dev.atrium.engine;

/**
 * How much may be read in a step in which others write: reading gets no more time than writing, so that
 * whoever writes takes at most twice as long over a token while a prompt is read, in the mean always,
 * and in each step in which a single block takes no longer than the writing does.
 *
 * <p>All times are measured, in nanoseconds. The time of writing is that of steps in which nothing is
 * read; there is one now and then, however much there is to read.
 */
final class Tempo {

  private static final double WEIGHT = 0.3;
  private static final int MOST_MIXED = 16;
  private static final int MOST_DEBT = 16;

  private double writing;
  private double perToken;
  private double credit;
  private int mixed;

  /** Tokens that may be read beside those who write; a block may be begun if it is 1 or more. */
  int mayRead(int budget) {
    if (writing == 0) {
      // Nothing is known yet: after one step of both the next shows what writing takes.
      return mixed == 0 ? budget : 0;
    }
    if (mixed >= MOST_MIXED || credit <= 0) {
      return 0;
    }
    return perToken == 0 ? 1 : (int) Math.clamp(credit / perToken, 1, budget);
  }

  /** Tells what a step took. */
  void took(int written, int read, long nanos) {
    if (written == 0) {
      perToken = read == 0 ? perToken : mean(perToken, (double) nanos / read);
      credit = writing;
      return;
    }
    if (read == 0) {
      writing = mean(writing, nanos);
      mixed = 0;
    } else {
      double more = Math.max(0, nanos - writing);
      perToken = mean(perToken, more / read);
      credit -= more;
      mixed++;
    }
    // What was not used is not made up for at once, and a step that took long for another reason does
    // not keep prompts out for long.
    credit = Math.clamp(credit + writing, -MOST_DEBT * writing, writing);
  }

  private static double mean(double before, double now) {
    return before == 0 ? now : before + WEIGHT * (now - before);
  }
}
