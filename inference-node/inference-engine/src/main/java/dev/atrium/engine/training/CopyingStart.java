package dev.atrium.engine.training;

import dev.atrium.engine.model.NetworkShape;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * First values with which a network copies before it has learned anything: where a token stood earlier
 * it expects what came after it then. Two layers make such an induction head (Elhage et al., 2021, "A
 * Mathematical Framework for Transformer Circuits"; Olsson et al., 2022, "In-context Learning and
 * Induction Heads"): heads of the first note at each token which one stood before it, heads of the
 * second look for the place whose note is the present token, and take over the token that stands there.
 * Everything else stays random, and all of it is trained on like any weight.
 *
 * <p>Small networks find this by themselves only after very many tokens: a starter model that read
 * twenty million had not.
 *
 * <p>The residual stream is divided for the beginning: its first half holds what a token is, the second
 * half the notes, its last dimension the same number for every token, so that queries and keys can
 * depend on the position alone.
 */
final class CopyingStart {

  private static final int HEADS = 3;

  /** Deviation of a token's own half of its embedding; the other half is nearly empty. */
  private static final double TOKEN = 0.03;

  private static final double FAINT = 0.005;

  /** The number in the last dimension of every embedding. */
  private static final double CONSTANT = 0.15;

  /** Frequencies by which a head finds the token just before. */
  private static final int POSITION_PAIRS = 4;

  /** What the place just before scores more than one that is orthogonal to it. */
  private static final double POSITION_SCORE = 28;

  /** What a note that is the present token scores on the average. */
  private static final double MATCH_SCORE = 16;

  /** Of the most radians that a pair may turn over the whole context and still compare tokens. */
  private static final double STILL = 3.5;

  /** Deviation of what is noted, beside that of a token; and of what is taken over. */
  private static final double NOTE = 1;

  private static final double COPY = 3;

  /** So that the likeliest token is likely: the last norm. */
  private static final float SURE = 3;

  private final NetworkShape shape;
  private final List<NewWeights> weights;
  private final SplittableRandom random;
  private final int width;
  private final int half;
  private final int headDim;
  private final int[] still;

  private CopyingStart(NetworkShape shape, List<NewWeights> weights, long seed) {
    this.shape = shape;
    this.weights = weights;
    random = new SplittableRandom(seed ^ 0xc0b1);
    width = shape.width();
    half = width / 2;
    headDim = shape.headDim();
    still = still();
  }

  /**
   * Puts the heads into weights as {@link NewWeights#of} makes them.
   *
   * @throws IllegalArgumentException if the network has less than two layers or three heads, shares
   *     keys among heads, or is too narrow for the notes
   */
  static void into(NetworkShape shape, List<NewWeights> weights, long seed) {
    var start = new CopyingStart(shape, weights, seed);
    if (
      shape.layers() < 2 ||
      shape.heads() < HEADS ||
      shape.kvHeads() != shape.heads() ||
      start.half % HEADS != 0 ||
      start.half / HEADS > start.headDim ||
      start.still.length < 2 ||
      HEADS * start.still.length >= start.half
    ) {
      throw new IllegalArgumentException("no room for heads that copy in this shape");
    }
    start.embed();
    for (int head = 0; head < HEADS; head++) {
      var reading = start.orthonormal(start.still.length, start.half);
      start.note(head, reading);
      start.match(head, reading);
    }
    Arrays.fill(weights.get(1).values(), SURE);
  }

  /** Dimensions of a head that hardly turn with the distance, so that they can compare tokens. */
  private int[] still() {
    var frequencies = shape.rope().frequencies(headDim);
    return IntStream.range(0, headDim)
      .filter(j -> frequencies[j % (headDim / 2)] * shape.contextLength() < STILL)
      .toArray();
  }

  private void embed() {
    var embedding = weights.get(0).values();
    for (int token = 0; token < shape.vocab(); token++) {
      for (int i = 0; i < width; i++) {
        double deviation = i < half ? TOKEN : FAINT;
        embedding[token * width + i] = (float) (i == width - 1
            ? CONSTANT
            : deviation * random.nextGaussian());
      }
    }
  }

  /** First layer: attends to the place before and writes down what `reading` sees of its token. */
  private void note(int head, double[][] reading) {
    double rms = rms(0);
    double scale = Math.sqrt((POSITION_SCORE * Math.sqrt(headDim)) / square(CONSTANT / rms));
    clear(0, head);
    var frequencies = shape.rope().frequencies(headDim);
    for (int p = 0; p < POSITION_PAIRS; p++) {
      double part = scale / Math.sqrt(POSITION_PAIRS);
      set(0, query(head, p), width - 1, part);
      // A key that is turned one step on beforehand meets the query of the place after it.
      set(0, key(head, p), width - 1, part * Math.cos(frequencies[p]));
      set(0, key(head, p + headDim / 2), width - 1, part * Math.sin(frequencies[p]));
    }
    double in = 0.3;
    double out = (NOTE * rms) / in;
    for (int r = 0; r < still.length; r++) {
      for (int i = 0; i < half; i++) set(0, value(head, r), i, in * reading[r][i]);
      write(0, note(head, r), head, r, out);
    }
  }

  /** Second layer: attends to where the present token is noted and takes the token there over. */
  private void match(int head, double[][] reading) {
    double rms = rms(NOTE);
    double each = square(TOKEN / rms) * still.length;
    double scale = Math.sqrt((MATCH_SCORE * Math.sqrt(headDim)) / each);
    clear(1, head);
    for (int r = 0; r < still.length; r++) {
      for (int i = 0; i < half; i++) set(1, query(head, still[r]), i, scale * reading[r][i]);
      set(1, key(head, still[r]), note(head, r), scale);
    }
    int block = half / HEADS;
    double in = 0.3;
    double out = (COPY * rms) / in;
    for (int r = 0; r < block; r++) {
      set(1, value(head, r), head * block + r, in);
      write(1, head * block + r, head, r, out);
    }
  }

  /** Root mean square of a residual stream that holds a token and so much of each note. */
  private double rms(double note) {
    double tokens = half * square(TOKEN);
    double notes = HEADS * still.length * square(TOKEN * note);
    return Math.sqrt((tokens + notes + square(CONSTANT)) / width);
  }

  private int note(int head, int r) {
    return half + head * still.length + r;
  }

  private int query(int head, int j) {
    return head * headDim + j;
  }

  private int key(int head, int j) {
    return (shape.heads() + head) * headDim + j;
  }

  private int value(int head, int j) {
    return (2 * shape.heads() + head) * headDim + j;
  }

  /** Leaves of a random head only a trace, by which its parts can part in training. */
  private void clear(int layer, int head) {
    var qkv = weights.get(2 + 6 * layer + 1).values();
    for (int j = 0; j < headDim; j++) {
      for (int row : new int[] { query(head, j), key(head, j), value(head, j) }) {
        for (int i = 0; i < width; i++) qkv[row * width + i] *= 0.1f;
      }
    }
    int columns = shape.heads() * headDim;
    var output = weights.get(2 + 6 * layer + 2).values();
    for (int i = 0; i < width; i++) {
      for (int j = 0; j < headDim; j++) output[i * columns + head * headDim + j] *= 0.1f;
    }
  }

  private void set(int layer, int row, int column, double value) {
    weights.get(2 + 6 * layer + 1).values()[row * width + column] = (float) value;
  }

  private void write(int layer, int dimension, int head, int j, double value) {
    int columns = shape.heads() * headDim;
    weights.get(2 + 6 * layer + 2).values()[dimension * columns + head * headDim + j] =
      (float) value;
  }

  /** Rows at right angles, each of length 1 (Gram and Schmidt). */
  private double[][] orthonormal(int rows, int columns) {
    var all = new double[rows][columns];
    for (int r = 0; r < rows; r++) {
      for (int i = 0; i < columns; i++) all[r][i] = random.nextGaussian();
      for (int before = 0; before < r; before++) {
        double along = 0;
        for (int i = 0; i < columns; i++) along += all[r][i] * all[before][i];
        for (int i = 0; i < columns; i++) all[r][i] -= along * all[before][i];
      }
      double length = 0;
      for (double value : all[r]) length += square(value);
      length = Math.sqrt(length);
      for (int i = 0; i < columns; i++) all[r][i] /= length;
    }
    return all;
  }

  private static double square(double value) {
    return value * value;
  }
}
