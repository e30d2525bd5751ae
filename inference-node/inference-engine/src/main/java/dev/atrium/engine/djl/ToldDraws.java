package dev.atrium.engine.djl;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import dev.atrium.engine.model.Draw;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** What drawing.py is told of some draws, as its tensors. What nobody has costs no more than its name. */
final class ToldDraws {

  private static final int FIELDS = 7;
  private static final int OF_A_SUM = 3;

  private final List<Draw> draws = new ArrayList<>();
  private final int vocab;

  /** @param places those that are meant, among {@code all} */
  ToldDraws(List<Draw> all, int[] places, int vocab) {
    for (int place : places) {
      draws.add(all.get(place));
    }
    this.vocab = vocab;
  }

  /** Row, repetition penalty, temperature, top-k, top-p, min-p and the number that decides (7, R). */
  PtNDArray rows(NDManager manager) {
    int n = draws.size();
    double[] told = new double[FIELDS * n];
    for (int i = 0; i < n; i++) {
      Draw draw = draws.get(i);
      int topK = draw.topK() == 0 ? vocab : Math.min(draw.topK(), vocab);
      double[] fields = {
        draw.row(),
        draw.repetition(),
        draw.temperature(),
        topK,
        draw.topP(),
        draw.minP(),
        draw.u(),
      };
      for (int field = 0; field < FIELDS; field++) {
        told[field * n + i] = fields[field];
      }
    }
    return (PtNDArray) manager.create(told, new Shape(FIELDS, n));
  }

  PtNDArray biases(NDManager manager) {
    return sums(manager, Draw::biases);
  }

  PtNDArray losses(NDManager manager) {
    return sums(manager, Draw::losses);
  }

  PtNDArray seen(NDManager manager) {
    return sets(manager, draw -> draw.repetition() == 1 ? new long[0] : draw.seen());
  }

  PtNDArray allowed(NDManager manager) {
    return sets(manager, Draw::allowed);
  }

  /** Row, token, what is added (3, m): doubles hold each of them exactly. */
  private PtNDArray sums(NDManager manager, Function<Draw, Draw.Shift> of) {
    int m = draws
      .stream()
      .mapToInt(draw -> of.apply(draw).ids().length)
      .sum();
    double[] sums = new double[OF_A_SUM * m];
    int at = 0;
    for (int i = 0; i < draws.size(); i++) {
      Draw.Shift shift = of.apply(draws.get(i));
      for (int j = 0; j < shift.ids().length; j++, at++) {
        sums[at] = i;
        sums[m + at] = shift.ids()[j];
        sums[2 * m + at] = shift.by()[j];
      }
    }
    return (PtNDArray) manager.create(sums, new Shape(OF_A_SUM, m));
  }

  /** Of those that have a set: row, then words of 64 tokens (r, 1 + words). */
  private PtNDArray sets(NDManager manager, Function<Draw, long[]> of) {
    int columns = 1 + (vocab + Long.SIZE - 1) / Long.SIZE;
    int r = (int) draws
      .stream()
      .filter(draw -> of.apply(draw).length > 0)
      .count();
    long[] sets = new long[r * columns];
    int at = 0;
    for (int i = 0; i < draws.size(); i++) {
      long[] words = of.apply(draws.get(i));
      if (words.length > 0) {
        sets[at] = i;
        System.arraycopy(words, 0, sets, at + 1, words.length);
        at += columns;
      }
    }
    return (PtNDArray) manager.create(sets, new Shape(r, columns));
  }
}
