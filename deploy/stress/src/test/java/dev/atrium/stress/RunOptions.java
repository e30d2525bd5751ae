package dev.atrium.stress;

import dev.atrium.stress.system.Fault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Options of a run that differ from test to test; the others are the same everywhere. */
final class RunOptions {

  static final int RATE = 30;
  private static final long SEED = 20_261_124;

  private final int members;
  private final int streams;
  private final Duration duration;
  private int rate = RATE;
  private long seed = SEED;
  private long frames;
  private List<Fault> faults = List.of();
  private int points;
  private int cuts;
  private Duration cut = Duration.ofSeconds(10);
  private Optional<Path> attach = Optional.empty();

  /** So many hubs, and as many nodes. */
  RunOptions(int members, int streams, Duration duration) {
    this.members = members;
    this.streams = streams;
    this.duration = duration;
  }

  /** Frames a second of each stream. */
  RunOptions rate(int wanted) {
    rate = wanted;
    return this;
  }

  /** Two runs on one system must not ask the same: a prompt's id is drawn from the seed. */
  RunOptions seed(long wanted) {
    seed = wanted;
    return this;
  }

  RunOptions until(long wantedFrames) {
    frames = wantedFrames;
    return this;
  }

  RunOptions faults(Fault... wanted) {
    faults = List.of(wanted);
    return this;
  }

  RunOptions points(int wanted) {
    points = wanted;
    return this;
  }

  RunOptions cuts(int wanted, Duration longest) {
    cuts = wanted;
    cut = longest;
    return this;
  }

  RunOptions attach(Path runFile) {
    attach = Optional.of(runFile);
    return this;
  }

  StressOptions on(Path data) {
    return new StressOptions(
      members,
      members,
      0,
      streams,
      rate,
      duration,
      frames,
      faults,
      points,
      Duration.ofSeconds(5),
      cuts,
      cut,
      0,
      0,
      seed,
      true,
      false,
      Duration.ZERO,
      data,
      attach,
      Optional.empty()
    );
  }
}
