package dev.atrium.engine;

/**
 * How much may be read in a step in which others write: reading gets less time than writing, so that
 * whoever writes takes less than twice as long over a token while a prompt is read, in the mean always,
 * and in each step in which a single block takes no longer than the writing does.
 *
 * <p>All times are measured, in nanoseconds. The time of writing is that of steps in which nothing is
 * read; there is one now and then, however much there is to read.
 *
 * <p>On a GPU a step in which something is read takes twice or three times as long as one in which all
 * write, which is replayed as a graph, and hardly longer for some hundred tokens than for one. To read
 * little in it would cost as much, and make a token look so dear that little would be read ever after.
 * So there is a number of tokens that may always be read at once; what they take is paid back as ever.
 */
final class Tempo {

  /** Of the time that writing takes; less than all of it, since times are measured with an error. */
  private static final double SHARE = 0.8;
  private static final double WEIGHT = 0.3;
  private static final int MOST_MIXED = 16;
  private static final int MOST_DEBT = 16;

  private static final double UNKNOWN = -1;

  private final int atOnce;
  /** Zero as long as it is not known. */
  private double writing;
  private double perToken = UNKNOWN;
  private double credit;
  private int mixed;

  /** @param atOnce tokens that may be read in one step if any may be; 1 where each has its price */
  Tempo(int atOnce) {
    this.atOnce = atOnce;
  }

  /** Tokens that may be read beside those who write; a block may be begun if it is 1 or more. */
  int mayRead(int budget) {
    if (writing == 0) {
      // Nothing is known yet: after one step of both the next shows what writing takes.
      return mixed == 0 ? budget : 0;
    }
    if (mixed >= MOST_MIXED || credit <= 0) {
      return 0;
    }
    // What takes no time at all, as in a script, may be read as a whole.
    int least = Math.min(atOnce, budget);
    return perToken == UNKNOWN ? least : (int) Math.clamp(credit / perToken, least, budget);
  }

  /** Tells what a step took. */
  void took(int written, int read, long nanos) {
    if (written == 0) {
      perToken = read == 0 ? perToken : mean(perToken, (double) nanos / read);
      credit = SHARE * writing;
      return;
    }
    if (read == 0) {
      writing = writing == 0 ? nanos : mean(writing, nanos);
      mixed = 0;
    } else {
      double more = Math.max(0, nanos - writing);
      perToken = mean(perToken, more / read);
      credit -= more;
      mixed++;
    }
    // What was not used is not made up for at once, and a step that took long for another reason does
    // not keep prompts out for long.
    double step = SHARE * writing;
    credit = Math.clamp(credit + step, -MOST_DEBT * step, step);
  }

  private static double mean(double before, double now) {
    return before == UNKNOWN ? now : before + WEIGHT * (now - before);
  }
}
