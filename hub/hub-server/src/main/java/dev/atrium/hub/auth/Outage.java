package dev.atrium.hub.auth;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;

/**
 * What the log says of a server that is asked when somebody comes: each reason for which it can't be asked
 * once, and once that it can be asked again. A server that comes and goes has a reason repeated once a minute
 * at most; of reasons that differ each time at most {@value #MOST} a minute are said. Safe for many threads.
 */
final class Outage {

  static final int MOST = 8;

  private static final int LONGEST = 300;
  private static final long QUIET = TimeUnit.MINUTES.toNanos(1);

  private final Logger log;
  private final String server;
  private final LongSupplier nanoTime;
  /** Reasons and when they were said, the eldest first. */
  private final Map<String, Long> said = new LinkedHashMap<>();
  /** Whether the log's last word is that the server can't be asked. */
  private boolean open;
  /** Since when, if it is. */
  private long opened;

  Outage(Logger log, String server, LongSupplier nanoTime) {
    this.log = log;
    this.server = server;
    this.nanoTime = nanoTime;
  }

  /** It could not be asked. */
  void failed(Throwable cause) {
    failed(cause.toString());
  }

  /** It could not be asked. A server may answer with a page of its own: that is cut short. */
  synchronized void failed(String whole) {
    long now = nanoTime.getAsLong();
    String reason = whole.length() <= LONGEST ? whole : whole.substring(0, LONGEST) + "…";
    // What was said in an earlier outage counts for a minute only.
    said.values().removeIf(at -> !(open && at - opened >= 0) && now - at >= QUIET);
    if (said.containsKey(reason)) {
      return;
    }
    if (said.size() == MOST) {
      var eldest = said.entrySet().iterator();
      if (now - eldest.next().getValue() < QUIET) {
        return;
      }
      eldest.remove();
    }
    said.put(reason, now);
    if (!open) {
      open = true;
      opened = now;
    }
    log.warn("{} can't be asked: {}", server, reason);
  }

  /** It was asked, and did what it is there for. */
  synchronized void answered() {
    if (open) {
      open = false;
      log.info("{} can be asked again", server);
    }
  }
}
