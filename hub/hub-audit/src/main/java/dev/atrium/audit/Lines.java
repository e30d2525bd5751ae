package dev.atrium.audit;

import java.io.IOException;
import java.io.InputStream;

/** Lines of bytes, into one buffer; a line that is longer than any real one comes out cut, so damaged. */
final class Lines {

  /** What {@link #next} answers at the end. */
  static final int END = -1;

  private static final int LONGEST = 4 << 20;

  private final InputStream in;
  private final byte[] read = new byte[1 << 16];
  private int from;
  private int to;
  private byte[] line = new byte[1 << 12];
  private long number;

  Lines(InputStream in) {
    this.in = in;
  }

  /** Reads the next line, without its end, into {@link #bytes}; its length, or {@link #END}. */
  int next() throws IOException {
    int length = 0;
    while (true) {
      if (from == to) {
        from = 0;
        to = in.read(read);
        if (to <= 0) {
          to = 0;
          if (length == 0) {
            return END;
          }
          number++;
          return length;
        }
      }
      int end = from;
      while (end < to && read[end] != '\n') {
        end++;
      }
      length = append(length, end);
      boolean whole = end < to;
      from = whole ? end + 1 : end;
      if (whole) {
        number++;
        return length;
      }
    }
  }

  private int append(int length, int end) {
    int more = Math.min(end - from, LONGEST - length);
    if (length + more > line.length) {
      byte[] longer = new byte[Math.min(LONGEST, Math.max(length + more, line.length * 2))];
      System.arraycopy(line, 0, longer, 0, length);
      line = longer;
    }
    System.arraycopy(read, from, line, length, more);
    return length + more;
  }

  /** The line that was read last. */
  byte[] bytes() {
    return line;
  }

  /** Its number; the first is 1. */
  long number() {
    return number;
  }
}
