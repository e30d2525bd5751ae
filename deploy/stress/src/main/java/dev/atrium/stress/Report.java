package dev.atrium.stress;

import dev.atrium.stress.client.Cut;
import dev.atrium.stress.figures.Figures;
import dev.atrium.stress.figures.Figures.Count;
import dev.atrium.stress.figures.Histogram;
import dev.atrium.stress.figures.Stalls;
import dev.atrium.stress.figures.Timeline;
import dev.atrium.stress.figures.Violations;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What a run found, for people and for machines. */
public final class Report {

  private static final Set<String> LISTS = Set.of(
    "points",
    "faults",
    "violations",
    "latencyBySecond"
  );

  private final StressOptions options;
  private final Figures figures;
  private final Stalls stalls;
  private final Violations violations;
  private long beginNanos = System.nanoTime();
  private long endNanos;
  private long framesBefore;
  private long framesAfter;
  private int hubs;
  private int nodes;
  private long idleBeforeKib;
  private long idleAfterKib;
  private int unwanted;
  private int lostTogether;
  private List<String> attempts = List.of();
  private List<PointSeries.Struck> points = List.of();
  private String prefills = "";
  private List<Cut> cuts = List.of();
  private Optional<JsonObject> stalled = Optional.empty();
  private Optional<JsonObject> flood = Optional.empty();

  Report(StressOptions options, Figures figures, Stalls stalls, Violations violations) {
    this.options = options;
    this.figures = figures;
    this.stalls = stalls;
    this.violations = violations;
  }

  /** The load begins. */
  void begin() {
    beginNanos = System.nanoTime();
    framesBefore = frames();
  }

  /** No more prompts are sent. */
  void end() {
    endNanos = System.nanoTime();
    framesAfter = frames();
  }

  void members(int hubCount, int nodeCount) {
    hubs = hubCount;
    nodes = nodeCount;
  }

  double seconds(long nanos) {
    return (nanos - beginNanos) / 1e9;
  }

  void idleKib(long before, long after) {
    idleBeforeKib = before;
    idleAfterKib = after;
  }

  void unwanted(int refusedAndStored) {
    unwanted = refusedAndStored;
  }

  /** Answers whose hub and node were killed at once. */
  void lostTogether(int answers) {
    lostTogether = answers;
  }

  void attempts(List<String> lines) {
    attempts = List.copyOf(lines);
  }

  /** Kills at points of answers, and what each did to that answer. */
  void points(List<PointSeries.Struck> struck) {
    points = List.copyOf(struck);
  }

  void prefills(String counted) {
    prefills = counted;
  }

  void cuts(List<Cut> planned) {
    cuts = List.copyOf(planned);
  }

  void stalled(JsonObject phases) {
    stalled = Optional.of(phases);
  }

  void flood(JsonObject phases) {
    flood = Optional.of(phases);
  }

  /** From each kill at a point of an answer until the text of that answer moved again. */
  public List<Long> againMillis() {
    return points
      .stream()
      .map(struck -> struck.point().againMillis())
      .toList();
  }

  public List<Violations.Violation> violations() {
    return violations.all();
  }

  public long frames() {
    return figures.get(Count.FRAMES);
  }

  /** How often something was counted. */
  public long count(Count count) {
    return figures.get(count);
  }

  /** The faults, and what each did to the text. */
  public List<Stalls.AfterFault> faults() {
    return stalls.all();
  }

  /** All of it. */
  public JsonObject toJson() {
    double lasted = seconds(endNanos);
    JsonObject json = new JsonObject()
      .put("seed", options.seed())
      .put("hubs", hubs)
      .put("nodes", nodes)
      .put("sockets", options.sockets())
      .put("streams", options.streams())
      .put("rate", options.rate())
      .put("seconds", round(lasted))
      .put("framesPerSecond", round((framesAfter - framesBefore) / lasted))
      .put("counts", object(figures.counts()))
      .put("ends", object(figures.ends()))
      .put("refusals", object(figures.refusals()))
      .put("closes", object(figures.closes()))
      .put("refusedAndStored", unwanted)
      .put("lostWithHubAndNode", lostTogether)
      .put("attempts", new JsonArray(attempts))
      .put("savedMs", times(figures.saved))
      .put("firstTextMs", times(figures.firstText))
      .put("warmUpSeconds", options.warmUp().toSeconds())
      .put("latencyMs", times(figures.latency))
      .put("driverLateMs", times(figures.driverLate));
    if (options.sockets() > 0) {
      double each = (idleAfterKib - idleBeforeKib) / (double) options.sockets();
      json.put("residentKibPerIdleSocket", round(each));
    }
    if (!points.isEmpty()) {
      Histogram again = new Histogram();
      againMillis().forEach(millis -> again.add(millis * 1_000));
      json.put("pointsTextAgainMs", times(again));
      json.put("prefills", prefills);
      json.put("points", new JsonArray(points.stream().map(Report::point).toList()));
    }
    if (!cuts.isEmpty()) {
      json.put("cuts", cutsToJson());
    }
    stalled.ifPresent(phases -> json.put("stalledReaders", phases));
    flood.ifPresent(phases -> json.put("signInFlood", phases));
    if (options.clock()) {
      json.put("latencyBySecond", timeline());
    }
    JsonArray faults = new JsonArray();
    for (Stalls.AfterFault fault : stalls.all()) {
      faults.add(
        new JsonObject()
          .put("fault", fault.fault())
          .put("atSeconds", round(seconds(fault.atNanos())))
          .put("textAgainMs", times(fault.stood()))
          .put("socketsBackSeconds", round(fault.socketsBackSeconds()))
      );
    }
    json.put("faults", faults);
    JsonArray found = new JsonArray();
    violations.all().forEach(v -> found.add(v.toString()));
    return json.put("violations", found);
  }

  private JsonObject cutsToJson() {
    Histogram lengths = new Histogram();
    cuts.forEach(cut -> lengths.add(cut.millis() * 1_000));
    return new JsonObject()
      .put("planned", cuts.size())
      .put("p50Ms", round(lengths.millisAt(0.5)))
      .put(
        "overAMinute",
        cuts
          .stream()
          .filter(cut -> cut.millis() > 60_000)
          .count()
      )
      .put("longestSeconds", round(lengths.maxMillis() / 1_000))
      .put(
        "asLongAsThat",
        cuts
          .stream()
          .filter(cut -> cut.millis() == (long) lengths.maxMillis())
          .count()
      );
  }

  private static JsonObject point(PointSeries.Struck struck) {
    return new JsonObject()
      .put("fault", struck.blow().toString())
      .put("position", struck.point().position())
      .put("of", struck.point().length())
      .put("textAgainMs", struck.point().againMillis());
  }

  /** For each second: frames, p50, p99 and the longest in milliseconds. */
  private JsonArray timeline() {
    JsonArray seconds = new JsonArray();
    for (Timeline.Second s : figures.timeline.seconds()) {
      seconds.add(
        new JsonArray()
          .add(s.count())
          .add(round(s.p50Millis()))
          .add(round(s.p99Millis()))
          .add(round(s.maxMillis()))
      );
    }
    return seconds;
  }

  private static JsonObject object(Map<String, Long> numbers) {
    JsonObject json = new JsonObject();
    numbers.forEach(json::put);
    return json;
  }

  private static JsonObject times(Histogram histogram) {
    return new JsonObject()
      .put("count", histogram.count())
      .put("p50", round(histogram.millisAt(0.5)))
      .put("p99", round(histogram.millisAt(0.99)))
      .put("max", round(histogram.maxMillis()));
  }

  private static double round(double value) {
    return Math.round(value * 10) / 10.0;
  }

  /** For people: the figures, then every violation with its evidence. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    JsonObject json = toJson();
    for (String field : json.fieldNames()) {
      if (!LISTS.contains(field)) {
        text.append("  %-26s %s%n".formatted(field, json.getValue(field)));
      }
    }
    json
      .getJsonArray("points", new JsonArray())
      .forEach(point -> text.append("  point %s%n".formatted(point)));
    json.getJsonArray("faults").forEach(fault -> text.append("  after %s%n".formatted(fault)));
    violations.all().forEach(v -> text.append("VIOLATION ").append(v).append('\n'));
    return text
      .append(
        String.format(
          Locale.ROOT,
          "%d violations, seed %d%n",
          violations.all().size(),
          options.seed()
        )
      )
      .toString();
  }
}
