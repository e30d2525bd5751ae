package dev.atrium.stress;

import dev.atrium.stress.client.Crowd;
import dev.atrium.stress.figures.Figures;
import dev.atrium.stress.figures.Histogram;
import dev.atrium.stress.system.Pause;
import dev.atrium.stress.system.ProcessFigures;
import dev.atrium.stress.system.RunningSystem;
import dev.atrium.stress.system.SystemFile;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * What stalled readers cost their neighbours: phases in which some read and phases in which the same
 * do not, by turns, so that whatever else changes meets both. The first phase warms up.
 */
final class StallPhases {

  private static final int PHASES = 8;
  /** Sockets fill, then garbage is collected: not timed. */
  private static final Duration FILLING = Duration.ofSeconds(8);
  private static final Duration SETTLING = Duration.ofSeconds(2);

  /** One phase that counts. */
  private record Phase(boolean stalled, Histogram latency, long heapKib, long residentKib) {}

  private final RunningSystem system;
  private final Crowd crowd;
  private final Figures figures;
  private final int readers;
  private final Duration each;
  private final PrintStream out;
  private final List<Phase> phases = new ArrayList<>();

  /**
   * @param within all phases together
   */
  StallPhases(
    RunningSystem system,
    Crowd crowd,
    Figures figures,
    int readers,
    Duration within,
    PrintStream out
  ) {
    this.system = system;
    this.crowd = crowd;
    this.figures = figures;
    this.readers = readers;
    this.each = within.dividedBy(PHASES);
    this.out = out;
  }

  void run() {
    for (int i = 0; i < PHASES; i++) {
      boolean stalled = i > 0 && i % 2 == 0;
      Phase phase = phase(stalled);
      if (i > 0) {
        phases.add(phase);
      }
      if (stalled) {
        crowd.readOn();
      }
      out.printf(
        "  %s: p50 %.1f ms, p99 %.1f ms of %d; hubs use %d KiB of heap, %d KiB resident%n",
        i == 0 ? "warming up" : stalled ? readers + " stalled" : "all reading",
        phase.latency().millisAt(0.5),
        phase.latency().millisAt(0.99),
        phase.latency().count(),
        phase.heapKib(),
        phase.residentKib()
      );
    }
  }

  private Phase phase(boolean stalled) {
    if (stalled) {
      crowd.stall(readers);
    }
    Pause.millis(FILLING.toMillis());
    long heap = 0;
    long resident = 0;
    for (SystemFile.Member hub : system.now().hubs()) {
      ProcessFigures.collectGarbage(hub.pid());
      heap += ProcessFigures.heapKib(hub.pid());
      resident += ProcessFigures.residentKib(hub.pid());
    }
    Pause.millis(SETTLING.toMillis());
    figures.beginPhase();
    Pause.millis(each.minus(FILLING).minus(SETTLING).toMillis());
    Histogram measured = figures.phase();
    // What comes while the next phase fills its sockets belongs to neither.
    figures.beginPhase();
    return new Phase(stalled, measured, heap, resident);
  }

  /** Every phase, the ratio of the medians, and what the hubs grew by for each stalled reader. */
  JsonObject toJson() {
    List<Double> reading = of(false, StallPhases::p99);
    List<Double> stalled = of(true, StallPhases::p99);
    return new JsonObject()
      .put("readers", readers)
      .put("p99ReadingMs", new JsonArray(reading))
      .put("p99StalledMs", new JsonArray(stalled))
      .put("p99Ratio", round(median(stalled) / median(reading), 100))
      .put("heapKibEach", each(Phase::heapKib))
      .put("residentKibEach", each(Phase::residentKib));
  }

  private double each(ToDoubleFunction<Phase> kib) {
    return round((median(of(true, kib)) - median(of(false, kib))) / readers, 10);
  }

  private static double p99(Phase phase) {
    return round(phase.latency().millisAt(0.99), 10);
  }

  private List<Double> of(boolean stalled, ToDoubleFunction<Phase> figure) {
    return phases
      .stream()
      .filter(phase -> phase.stalled() == stalled)
      .map(figure::applyAsDouble)
      .toList();
  }

  private static double median(List<Double> numbers) {
    List<Double> sorted = numbers.stream().sorted().toList();
    int half = sorted.size() / 2;
    return sorted.size() % 2 == 1
      ? sorted.get(half)
      : (sorted.get(half - 1) + sorted.get(half)) / 2;
  }

  private static double round(double value, double parts) {
    return Math.round(value * parts) / parts;
  }
}
