package dev.atrium.engine;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;

/**
 * Who lies where in the cache arena. Each sequence has one contiguous range of tokens that grows in
 * place where there is room behind it, else by moving; when the free room is scattered, everything
 * is pushed aside first. So a range can grow exactly if that many tokens are free.
 */
final class KvCache {

  /** Ranges are multiples of this, so that a decoding sequence does not grow at every step. */
  static final int UNIT = 64;

  /** Copies cached tokens within the arena; source and target may overlap. */
  @FunctionalInterface
  interface Mover {
    void copy(int from, int to, int tokens);
  }

  /** A sequence's place. Moves when it grows, so the start is asked for at each step. */
  static final class Range {

    private int start;
    private int capacity;
    private int used;

    int start() {
      return start;
    }

    int capacity() {
      return capacity;
    }

    int used() {
      return used;
    }

    /** Tells how many tokens are written: so many are copied when the range moves. */
    void used(int tokens) {
      used = tokens;
    }

    private int end() {
      return start + capacity;
    }
  }

  private static final Comparator<Range> BY_START = Comparator.comparingInt(Range::start);

  private final int size;
  private final Mover mover;
  /** As they lie; what holds nothing yet lies at the end. */
  private final List<Range> ranges = new ArrayList<>();
  private int free;

  KvCache(int size, Mover mover) {
    this.size = size;
    this.mover = mover;
    this.free = size;
  }

  int size() {
    return size;
  }

  int free() {
    return free;
  }

  /** A new range, which holds nothing before it has grown. */
  Range empty() {
    Range range = new Range();
    range.start = size;
    ranges.add(range);
    return range;
  }

  /** Makes a range hold at least so many tokens; false, with nothing changed, if it can't be. */
  boolean grow(Range range, int tokens) {
    if (tokens > range.capacity + free) {
      return false;
    }
    if (!growAlone(range, tokens)) {
      pushApart(range);
      growInPlace(range, wanted(range, tokens));
    }
    return true;
  }

  /** The same, if no other range has to be moved for it. */
  boolean growAlone(Range range, int tokens) {
    if (tokens <= range.capacity) {
      return true;
    }
    if (tokens > range.capacity + free) {
      return false;
    }
    int wanted = wanted(range, tokens);
    return growInPlace(range, wanted) || move(range, wanted);
  }

  private int wanted(Range range, int tokens) {
    return Math.min(range.capacity + free, ((tokens + UNIT - 1) / UNIT) * UNIT);
  }

  /** Gives back what a range holds beyond so many tokens. */
  void shrink(Range range, int tokens) {
    if (tokens < range.capacity) {
      resize(range, tokens);
    }
  }

  /** Copies the first tokens of one range to another, which must hold as many. */
  void copy(Range from, Range to, int tokens) {
    mover.copy(from.start, to.start, tokens);
    to.used = tokens;
  }

  void release(Range range) {
    if (ranges.remove(range)) {
      free += range.capacity;
    }
  }

  private boolean growInPlace(Range range, int wanted) {
    int behind = Collections.binarySearch(ranges, range, BY_START) + 1;
    int next = behind < ranges.size() ? ranges.get(behind).start : size;
    if (range.start + wanted > next) {
      return false;
    }
    resize(range, wanted);
    return true;
  }

  private void resize(Range range, int capacity) {
    free -= capacity - range.capacity;
    range.capacity = capacity;
  }

  /** Into the largest gap, since what grows will grow again. */
  private boolean move(Range range, int wanted) {
    int at = 0;
    int best = 0;
    int largest = 0;
    for (Range other : ranges) {
      if (other.capacity > 0) {
        if (other.start - at > largest) {
          best = at;
          largest = other.start - at;
        }
        at = other.end();
      }
    }
    if (size - at > largest) {
      best = at;
      largest = size - at;
    }
    if (largest < wanted) {
      return false;
    }
    // First, since it may fail: then everything is as it was.
    moveTo(range, best);
    ranges.remove(range);
    // Nobody else begins there, so what is found is where it belongs.
    ranges.add(~Collections.binarySearch(ranges, range, BY_START), range);
    resize(range, wanted);
    return true;
  }

  /** Pushes those before the range down and those behind it up: all free room is then behind it. */
  private void pushApart(Range range) {
    int index = ranges.indexOf(range);
    int at = 0;
    for (Range lower : ranges.subList(0, index + 1)) {
      moveTo(lower, at);
      at = lower.end();
    }
    at = size;
    for (Range upper : ranges.subList(index + 1, ranges.size()).reversed()) {
      at -= upper.capacity;
      moveTo(upper, at);
    }
  }

  private void moveTo(Range range, int start) {
    if (range.used > 0 && start != range.start) {
      mover.copy(range.start, start, range.used);
    }
    range.start = start;
  }
}
