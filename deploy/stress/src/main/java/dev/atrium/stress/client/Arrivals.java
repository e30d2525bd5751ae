package dev.atrium.stress.client;

import dev.atrium.api.HubFrame;
import dev.atrium.stress.figures.Figures;
import dev.atrium.stress.figures.Figures.Count;
import dev.atrium.stress.figures.Stalls;
import dev.atrium.stress.figures.Violations;
import dev.atrium.stress.figures.Violations.Kind;
import java.nio.charset.StandardCharsets;

/** Counts and times the text that comes, and compares it with what must come, where that is known. */
final class Arrivals {

  private static final int CLOCK_MILLIS = 10_000;
  private static final int CLOCK_LENGTH = "@1234;".length();

  private final Figures figures;
  private final Stalls stalls;
  private final Violations violations;

  Arrivals(Figures figures, Stalls stalls, Violations violations) {
    this.figures = figures;
    this.stalls = stalls;
    this.violations = violations;
  }

  /** Text was appended to an answer that held {@code before} code points. */
  void text(Exchange exchange, HubFrame.Delta delta, int before) {
    long now = System.nanoTime();
    if (before == 0) {
      figures.firstText.add((now - exchange.sentNanos) / 1_000);
    } else if (!exchange.cutOff) {
      stalls.text(exchange.lastTextNanos, now);
      figures.gaps().add((now - exchange.lastTextNanos) / 1_000);
    }
    moved(exchange, now, false);
    exchange.cutOff = false;
    exchange.lastTextNanos = now;
    exchange.resumesWithoutProgress = 0;
    int bytes = delta.text().getBytes(StandardCharsets.UTF_8).length;
    figures.add(Count.TEXT_BYTES, bytes);
    boolean fresh = !exchange.catchingUp;
    if (exchange.catchingUp) {
      figures.add(Count.RESUMED_BYTES, bytes);
      exchange.catchingUp = false;
    }
    if (before < exchange.longest) {
      figures.add(Count.REPEATED_BYTES, bytes);
    }
    exchange.longest = Math.max(exchange.longest, exchange.answer.length());
    if (fresh && exchange.observed) {
      time(delta.text());
    }
    check(exchange, delta, before);
  }

  /** An answer came to its end. */
  void end(Exchange exchange) {
    moved(exchange, System.nanoTime(), true);
  }

  private static void moved(Exchange exchange, long now, boolean end) {
    Point point = exchange.point;
    if (point != null) {
      point.moved(exchange.lastTextNanos, now, end);
    }
  }

  private void check(Exchange exchange, HubFrame.Delta delta, int before) {
    exchange.expected.ifPresent(expected -> {
      if (!expected.startsWith(delta.text(), exchange.answer.chars() - delta.text().length())) {
        violations.add(
          Kind.TEXT,
          "%s: wrong text at %d: %s",
          exchange,
          before,
          Texts.difference(expected, exchange.answer.text())
        );
      }
    });
  }

  /** Where the model writes the time, it says when this text was born. */
  private void time(String text) {
    int at = text.indexOf('@');
    if (
      at >= 0 && text.length() >= at + CLOCK_LENGTH && text.charAt(at + CLOCK_LENGTH - 1) == ';'
    ) {
      int born = Integer.parseInt(text.substring(at + 1, at + CLOCK_LENGTH - 1));
      long millis = Math.floorMod(System.currentTimeMillis() - born, CLOCK_MILLIS);
      figures.latency.add(millis * 1_000);
      figures.phase().add(millis * 1_000);
      figures.timeline.add(millis * 1_000);
    }
  }
}
