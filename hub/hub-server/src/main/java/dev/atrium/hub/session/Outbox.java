package dev.atrium.hub.session;

import dev.atrium.api.CloseCode;
import io.vertx.core.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What waits to be written to one socket, never more than {@link #MOST_BYTES}: a reader that falls
 * behind further is closed and catches up from its position when it comes back. Offering never
 * waits; safe for many threads, and what one thread offers stays in order.
 */
public final class Outbox {

  /** A stalled reader costs at most this much memory. */
  public static final long MOST_BYTES = 1 << 20;

  /** What a frame costs besides its text while it waits: its buffer, promise and place in a queue. */
  static final int FRAME_BYTES = 512;

  private final Sink sink;
  private final AtomicLong waiting = new AtomicLong();
  private final AtomicBoolean closed = new AtomicBoolean();

  /** The socket. */
  public interface Sink {
    /** Writes a text frame; completes when the operating system has taken it. */
    Future<Void> write(String text);

    /** Closes the socket, at once if it doesn't read. */
    void close(CloseCode code);
  }

  public Outbox(Sink sink) {
    this.sink = sink;
  }

  /** Takes a frame, or closes the socket if its reader is too far behind. False once it is closed. */
  public boolean offer(String text) {
    if (closed.get()) {
      return false;
    }
    int bytes = FRAME_BYTES + utf8Length(text);
    if (waiting.addAndGet(bytes) > MOST_BYTES) {
      close(CloseCode.SLOW_READER);
      return false;
    }
    sink.write(text).onComplete(_ -> waiting.addAndGet(-bytes));
    return true;
  }

  /** Closes the socket; nothing is taken any more. Only the first call has an effect. */
  public void close(CloseCode code) {
    if (closed.compareAndSet(false, true)) {
      sink.close(code);
    }
  }

  /** The socket was closed by the other side, or in another way. */
  public void closed() {
    closed.set(true);
  }

  /** Whether nothing is taken any more. */
  public boolean isClosed() {
    return closed.get();
  }

  /** Bytes of memory that what waits to be written costs. */
  public long waiting() {
    return waiting.get();
  }

  private static int utf8Length(String text) {
    int bytes = text.length();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      // A surrogate is half of four bytes; any other from U+0800 on is three.
      bytes += c < 0x80 ? 0 : c < 0x800 || Character.isSurrogate(c) ? 1 : 2;
    }
    return bytes;
  }
}
