package dev.atrium.stress;

import dev.atrium.stress.system.Fault;
import dev.atrium.stress.system.StressException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What a run is to be, checked.
 *
 * @param sockets that stay idle
 * @param streams answers that are written at once
 * @param rate frames a second of each stream, with the scripted model
 * @param duration for how long prompts are sent
 * @param frames after so many received frames no more prompts are sent; 0 for no such end
 * @param faults drawn from this list, with repetitions as weights
 * @param points so many kills at seeded points of answers, in place of faults at an even pace; 0 for
 *     none
 * @param every the pause between faults
 * @param cuts so many cuts of single readers' lines; 0 for none
 * @param cut how long a reader's line may be cut at most
 * @param stalled so many of the streams' readers stop reading in every second phase; 0 for none
 * @param flood so many wrong sign-ins a second in every second phase; 0 for none
 * @param scripted whether the scripted model writes, and not the starter model
 * @param clock whether it writes the time, so that latency can be told; its text can then be compared
 *     with what is stored only
 * @param warmUp durations of so long a beginning are left out
 * @param data folder of the system that is started
 * @param attach {@code run.json} of a system that runs already
 * @param report file to write the figures to
 */
public record StressOptions(
  int hubs,
  int nodes,
  int sockets,
  int streams,
  int rate,
  Duration duration,
  long frames,
  List<Fault> faults,
  int points,
  Duration every,
  int cuts,
  Duration cut,
  int stalled,
  int flood,
  long seed,
  boolean scripted,
  boolean clock,
  Duration warmUp,
  Path data,
  Optional<Path> attach,
  Optional<Path> report
) {
  private static final Duration SHORTEST_PHASES = Duration.ofSeconds(120);

  public StressOptions {
    between("--hubs", hubs, 1, 16);
    between("--nodes", nodes, 1, 16);
    between("--sockets", sockets, 0, 100_000);
    between("--streams", streams, 0, 10_000);
    between("--rate", rate, 1, 1_000);
    between("--duration", duration.toSeconds(), 1, 86_400);
    between("--every", every.toSeconds(), 1, 3_600);
    between("--cut", cut.toSeconds(), 1, 3_600);
    between("--cuts", cuts, 0, 100_000);
    between("--stalled", stalled, 0, 1_000);
    between("--flood", flood, 0, 5_000);
    refuse(
      flood > 0 && (stalled > 0 || points > 0 || cuts > 0 || !faults.isEmpty()),
      "--flood is measured by itself: no faults, cuts or stalled readers"
    );
    refuse(
      flood > 0 && duration.compareTo(SHORTEST_PHASES) < 0,
      "--flood needs a --duration of %d s or more".formatted(SHORTEST_PHASES.toSeconds())
    );
    between("--points", points, 0, 10_000);
    between("--warm-up", warmUp.toSeconds(), 0, duration.toSeconds() - 1);
    faults = List.copyOf(faults);
    refuse(
      points > 0 && (faults.isEmpty() || !faults.stream().allMatch(Fault::kills)),
      "--points needs --faults, and only such as kill: kill-node, kill-hub, kill-both"
    );
    refuse(
      points > 0 && (!scripted || clock || streams == 0),
      "--points needs streams whose answers are known in advance: the scripted model, without --clock"
    );
    refuse(
      faults.contains(Fault.LINK) && attach.isPresent(),
      "link needs a system that the driver starts itself, behind its proxies"
    );
    refuse(
      cuts > 0 && cut.compareTo(duration) >= 0,
      "--cut must be shorter than --duration, so that whoever is cut comes back"
    );
    refuse(
      stalled > 0 && (!clock || stalled >= streams || !faults.isEmpty()),
      "--stalled needs --clock, more --streams than it says, and no faults"
    );
    refuse(
      stalled > 0 && duration.compareTo(SHORTEST_PHASES) < 0,
      "--stalled needs a --duration of %d s or more".formatted(SHORTEST_PHASES.toSeconds())
    );
    for (Fault fault : faults) {
      refuse(
        attach.isEmpty() && fault.hitsHub() && hubs < 2,
        fault.wire() + " needs --hubs 2 or more: one must be left"
      );
      refuse(
        attach.isEmpty() && fault.hitsNode() && nodes < 2,
        fault.wire() + " needs --nodes 2 or more: one must be left"
      );
    }
  }

  private static void between(String option, long value, long least, long most) {
    refuse(
      value < least || value > most,
      "%s must be between %d and %d, not %d".formatted(option, least, most, value)
    );
  }

  private static void refuse(boolean when, String sentence) {
    if (when) {
      throw new StressException(StressException.USAGE, sentence + ".");
    }
  }
}
