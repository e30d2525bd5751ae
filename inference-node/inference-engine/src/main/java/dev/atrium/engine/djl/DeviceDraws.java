package dev.atrium.engine.djl;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import dev.atrium.engine.model.Device;
import dev.atrium.engine.model.Draw;
import dev.atrium.engine.model.Likelihood;
import dev.atrium.engine.model.MemoryPlan;
import dev.atrium.engine.torchscript.ScriptModule;
import dev.atrium.engine.torchscript.ScriptText;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Draws tokens where their logits lie, by drawing.py: nothing comes to the host but ids. Nearly always
 * what may be drawn is among a row's best thousand tokens; where it is not, the row is drawn a second
 * time from all of them, sorted.
 *
 * <p>Belongs to the thread that made it.
 */
public final class DeviceDraws implements AutoCloseable {

  /** So many of the best tokens are looked at first. */
  private static final int FEW = 1024;
  /** Draws from all tokens by their ids, with nothing sorted. */
  private static final int BY_ID = 0;
  /** Instead of a token: the tokens that were looked at are not enough. */
  private static final long NOT_ENOUGH = -2;

  private final ScriptModule script;
  private final int vocab;

  /** @param device where the logits will lie */
  public DeviceDraws(Device device, int vocab) {
    Engine.getEngine("PyTorch"); // loads the native library
    this.script = ScriptModule.load(
      ScriptText.DRAWING.read(),
      "Drawing",
      Map.of("training", false),
      device
    );
    this.vocab = vocab;
  }

  /**
   * Draws a token for each of {@code draws}, and waits for them.
   *
   * @param logits (rows, vocabulary), f32, on the device; not changed
   * @return ids, {@link Draw#NOT_NUMBERS} where there is none
   */
  public int[] draw(NDArray logits, List<Draw> draws) {
    long[] ids = new long[draws.size()];
    int few = Math.min(FEW, vocab);
    try (NDManager work = script.manager().newSubManager()) {
      Round round = new Round(logits, draws, ids, work);
      round.launch(i -> keepsAll(draws.get(i)), BY_ID);
      round.launch(i -> !keepsAll(draws.get(i)), few);
      round.read();
      if (few < vocab) {
        round.launch(i -> ids[i] == NOT_ENOUGH, vocab);
        round.read();
      }
    }
    return IntStream.range(0, ids.length)
      .map(i -> (int) ids[i])
      .toArray();
  }

  /**
   * How likely tokens are by rows of logits as they are.
   *
   * @param logits as {@link #draw} takes them
   * @param best how many of the likeliest are told
   */
  public List<Likelihood> likelihoods(NDArray logits, int[] rows, int[] tokens, int best) {
    List<Likelihood> all = new ArrayList<>(rows.length);
    int n = Math.clamp(best, 1, vocab);
    for (int from = 0; from < rows.length; from += mostRows()) {
      int to = Math.min(rows.length, from + mostRows());
      long[] told = LongStream.concat(
        Arrays.stream(rows, from, to).asLongStream(),
        Arrays.stream(tokens, from, to).asLongStream()
      ).toArray();
      try (NDManager work = script.manager().newSubManager()) {
        PtNDArray asked = (PtNDArray) work.create(told, new Shape(2, to - from));
        double[] numbers = script
          .tensors(work, "likelihoods", (PtNDArray) logits, asked, n)[0].toDoubleArray();
        for (int at = 0; at < numbers.length; at += 1 + 2 * n) {
          int[] ids = Arrays.stream(numbers, at + 1 + n, at + 1 + 2 * n)
            .mapToInt(id -> (int) id)
            .toArray();
          double[] of = Arrays.copyOfRange(numbers, at + 1, at + 1 + n);
          all.add(new Likelihood(numbers[at], ids, of));
        }
      }
    }
    return all;
  }

  /** So many as the memory plan counts. */
  private int mostRows() {
    return Math.max(1, MemoryPlan.DRAWN_AT_ONCE / vocab);
  }

  /** Native values that are held now, between calls. */
  int nativeValues() {
    return script.manager().getManagedArrays().size();
  }

  private boolean keepsAll(Draw draw) {
    return (draw.topK() == 0 || draw.topK() >= vocab) && draw.topP() >= 1;
  }

  @Override
  public void close() {
    script.close();
  }

  /** The draws of one step, launched some rows at a time. */
  private final class Round {

    private final NDArray logits;
    private final List<Draw> draws;
    private final long[] ids;
    private final NDManager work;
    private final List<Launched> launched = new ArrayList<>();

    /** Ids that will be there once the device is done, and which draws they are of. */
    private record Launched(int[] places, NDArray ids) {}

    Round(NDArray logits, List<Draw> draws, long[] ids, NDManager work) {
      this.logits = logits;
      this.draws = draws;
      this.ids = ids;
      this.work = work;
    }

    /** @param look how many of the best tokens are looked at */
    void launch(IntPredicate which, int look) {
      int[] all = IntStream.range(0, ids.length).filter(which).toArray();
      int most = mostRows();
      for (int from = 0; from < all.length; from += most) {
        int[] places = Arrays.copyOfRange(all, from, Math.min(all.length, from + most));
        launched.add(new Launched(places, launch(new ToldDraws(draws, places, vocab), look)));
      }
    }

    private NDArray launch(ToldDraws told, int look) {
      return script.tensors(
        work,
        "draw",
        (PtNDArray) logits,
        told.rows(work),
        told.biases(work),
        told.losses(work),
        told.seen(work),
        told.allowed(work),
        look
      )[0];
    }

    void read() {
      for (Launched some : launched) {
        long[] drawn = some.ids.toLongArray();
        for (int j = 0; j < drawn.length; j++) {
          ids[some.places[j]] = drawn[j];
        }
      }
      launched.clear();
    }
  }
}
