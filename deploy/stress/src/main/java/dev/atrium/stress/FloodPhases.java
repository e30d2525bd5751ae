package dev.atrium.stress;

import dev.atrium.stress.client.Flood;
import dev.atrium.stress.figures.Figures;
import dev.atrium.stress.figures.Histogram;
import dev.atrium.stress.system.Pause;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What a flood of sign-ins costs those who chat: phases without and with it, by turns, so that whatever
 * else changes meets both. What is measured is the time between two pieces of text of one answer. The
 * first phase warms up.
 */
final class FloodPhases {

  private static final int PHASES = 9;
  /** The queue of passwords fills, or what was in it is worked off: not timed. */
  private static final Duration SETTLING = Duration.ofSeconds(6);

  private final Flood flood;
  private final Figures figures;
  private final Duration each;
  private final PrintStream out;
  private final List<Double> calm = new ArrayList<>();
  private final List<Double> flooded = new ArrayList<>();

  /**
   * @param within all phases together
   */
  FloodPhases(Flood flood, Figures figures, Duration within, PrintStream out) {
    this.flood = flood;
    this.figures = figures;
    this.each = within.dividedBy(PHASES);
    this.out = out;
  }

  void run() {
    for (int i = 0; i < PHASES; i++) {
      boolean open = i > 0 && i % 2 == 0;
      if (open) {
        flood.open();
      }
      Pause.millis(SETTLING.toMillis());
      Histogram gaps = figures.beginGaps();
      Pause.millis(each.minus(SETTLING).toMillis());
      figures.beginGaps();
      if (open) {
        flood.shut();
      }
      double p99 = round(gaps.millisAt(0.99));
      if (i > 0) {
        (open ? flooded : calm).add(p99);
      }
      out.printf(
        "  %s: gaps p50 %.1f ms, p99 %.1f ms, longest %.1f ms of %d%n",
        i == 0 ? "warming up" : open ? "flooded" : "calm",
        gaps.millisAt(0.5),
        p99,
        gaps.maxMillis(),
        gaps.count()
      );
    }
  }

  /** Every phase, the growth of the median, and what the strangers were told. */
  JsonObject toJson() {
    JsonObject answers = new JsonObject();
    flood.answers().forEach((status, n) -> answers.put(status.toString(), n));
    return new JsonObject()
      .put("gapP99CalmMs", new JsonArray(calm))
      .put("gapP99FloodedMs", new JsonArray(flooded))
      .put("gapP99GrowthMs", round(median(flooded) - median(calm)))
      .put("answers", answers);
  }

  private static double median(List<Double> numbers) {
    List<Double> sorted = numbers.stream().sorted().toList();
    int half = sorted.size() / 2;
    return sorted.size() % 2 == 1
      ? sorted.get(half)
      : (sorted.get(half - 1) + sorted.get(half)) / 2;
  }

  private static double round(double value) {
    return Math.round(value * 10) / 10.0;
  }
}
