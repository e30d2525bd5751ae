package dev.atrium.stress.client;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Optional;

/**
 * Waits for an answer whose reader is shown a certain share of it. Whichever of the answers under way
 * gets there first is the one. Confined to the clients' event loop.
 */
final class Aims {

  private double share;
  private Promise<Point> wanted;

  /** The first answer that reaches this share of its length; one aim at a time. */
  Future<Point> at(double shareOfLength) {
    share = shareOfLength;
    wanted = Promise.promise();
    return wanted.future();
  }

  /** An answer was begun, or grew from {@code before} code points, on a line to this hub. */
  void grew(Exchange exchange, int before, String hub) {
    if (wanted == null || exchange.expected.isEmpty()) {
      return;
    }
    String whole = exchange.expected.get();
    int length = whole.codePointCount(0, whole.length());
    int position = (int) (share * length);
    boolean first = before == 0 && exchange.answer.length() == 0;
    if (position == 0 ? first : before < position && exchange.answer.length() >= position) {
      Promise<Point> found = wanted;
      wanted = null;
      found.complete(
        new Point(
          exchange,
          exchange.answer.length(),
          length,
          hub,
          Optional.ofNullable(exchange.node)
        )
      );
    }
  }
}
