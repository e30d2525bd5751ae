package dev.atrium.engine.model;

import java.nio.file.Path;
import java.util.Collections;
import java.util.List;

/**
 * Sizes and kinds of a decoder of the Llama family: everything about a network but its weights.
 *
 * @param layers number of blocks
 * @param width width of the residual stream
 * @param heads query heads
 * @param kvHeads key/value heads; each serves {@code heads / kvHeads} query heads
 * @param headDim width of one head, even
 * @param ffn width of the feed-forward part
 * @param contextLength most positions
 * @param eps what the norms add under the root
 * @param rope how positions are told
 * @param tied whether the output head is the embedding
 * @param biases which products have one
 * @param qkNorm whether queries and keys are normed (Qwen3)
 * @param window how many positions, its own included, a token sees in layers with a window; 0 if
 *     there are none
 * @param windowed for each layer whether it has the window; empty if there is none
 * @param still for each layer whether it knows no positions (SmolLM3); empty if all know them
 */
public record NetworkShape(
  int layers,
  int width,
  int heads,
  int kvHeads,
  int headDim,
  int ffn,
  int vocab,
  int contextLength,
  double eps,
  Rope rope,
  boolean tied,
  Biases biases,
  boolean qkNorm,
  int window,
  List<Boolean> windowed,
  List<Boolean> still
) {
  /** Which products have a bias: query, key and value; attention output; gate, up and down. */
  public record Biases(boolean qkv, boolean output, boolean mlp) {
    public static final Biases NONE = new Biases(false, false, false);
  }

  public NetworkShape {
    if (layers < 1 || width < 1 || heads < 1 || kvHeads < 1 || ffn < 1 || vocab < 1) {
      throw new IllegalArgumentException("all sizes must be 1 or more");
    }
    if (heads % kvHeads != 0) {
      throw new IllegalArgumentException(
        heads + " heads can't share " + kvHeads + " key/value heads"
      );
    }
    if (headDim < 2 || headDim % 2 != 0) {
      throw new IllegalArgumentException("the width of a head must be even, not " + headDim);
    }
    if (contextLength < 1) {
      throw new IllegalArgumentException("the context must hold 1 token or more");
    }
    windowed = List.copyOf(windowed);
    still = List.copyOf(still);
    if (window < 0 || windowed.size() != (window > 0 ? layers : 0)) {
      throw new IllegalArgumentException("a window needs a word about each layer");
    }
    if (!still.isEmpty() && still.size() != layers) {
      throw new IllegalArgumentException(
        still.size() + " layers told about positions, of " + layers
      );
    }
  }

  /** A plain network: tied head, no biases, norms of queries or windows, angles of base 10,000. */
  public static NetworkShape of(
    int layers,
    int width,
    int heads,
    int kvHeads,
    int headDim,
    int ffn,
    int vocab,
    int contextLength
  ) {
    return new NetworkShape(
      layers,
      width,
      heads,
      kvHeads,
      headDim,
      ffn,
      vocab,
      contextLength,
      1e-5,
      Rope.of(10_000),
      true,
      Biases.NONE,
      false,
      0,
      List.of(),
      List.of()
    );
  }

  /** The shape of SmolLM2-135M: 30 layers, 576 wide, 9 heads over 3, vocabulary 49,152. */
  public static NetworkShape smollm2With135M() {
    return of(30, 576, 9, 3, 64, 1536, 49152, 8192).withRope(Rope.of(100_000));
  }

  public NetworkShape withRope(Rope value) {
    return with(value, tied, biases, qkNorm);
  }

  public NetworkShape withTied(boolean value) {
    return with(rope, value, biases, qkNorm);
  }

  public NetworkShape withBiases(Biases value) {
    return with(rope, tied, value, qkNorm);
  }

  public NetworkShape withQkNorm() {
    return with(rope, tied, biases, true);
  }

  private NetworkShape with(Rope newRope, boolean newTied, Biases newBiases, boolean newNorm) {
    return new NetworkShape(
      layers,
      width,
      heads,
      kvHeads,
      headDim,
      ffn,
      vocab,
      contextLength,
      eps,
      newRope,
      newTied,
      newBiases,
      newNorm,
      window,
      windowed,
      still
    );
  }

  /** With a window in these layers. */
  public NetworkShape withWindow(int size, List<Boolean> inLayers) {
    return withLayers(size, inLayers, still);
  }

  /** With layers that know no positions. */
  public NetworkShape withStill(List<Boolean> inLayers) {
    return withLayers(window, windowed, inLayers);
  }

  private NetworkShape withLayers(int size, List<Boolean> newWindowed, List<Boolean> newStill) {
    return new NetworkShape(
      layers,
      width,
      heads,
      kvHeads,
      headDim,
      ffn,
      vocab,
      contextLength,
      eps,
      rope,
      tied,
      biases,
      qkNorm,
      size,
      newWindowed,
      newStill
    );
  }

  /** Whether it has nothing beyond Llama 2: no biases, norms of queries, windows, still layers. */
  public boolean isPlain() {
    return biases.equals(Biases.NONE) && !qkNorm && window == 0 && still.isEmpty();
  }

  /** {@link #windowed} as the program takes it: 1 where there is a window. */
  public long[] windowedLayers() {
    return flags(windowed);
  }

  /** {@link #still} as the program takes it: 1 where positions are not known. */
  public long[] stillLayers() {
    return flags(still);
  }

  private static long[] flags(List<Boolean> layers) {
    return layers
      .stream()
      .mapToLong(yes -> yes ? 1 : 0)
      .toArray();
  }

  /** Query, key and value rows together. */
  public int qkvRows() {
    return (heads + 2 * kvHeads) * headDim;
  }

  public long parameters() {
    long attention = (long) width * qkvRows() + (long) width * heads * headDim;
    long layer = attention + 3L * width * ffn + 2L * width + smallParameters();
    return layers * layer + width + (long) vocab * width * (tied ? 1 : 2);
  }

  /** Biases of a layer and its norms of queries and keys. */
  long smallParameters() {
    return (
      (biases.qkv() ? qkvRows() : 0) +
      (biases.output() ? width : 0) +
      (biases.mlp() ? 2L * ffn + width : 0) +
      (qkNorm ? 2L * headDim : 0)
    );
  }

  /**
   * Reads {@code config.json} of a model directory.
   *
   * @throws ModelLoadException if it is missing, not JSON, lacks a size, or describes a network of
   *     another family
   */
  public static NetworkShape read(Path dir) {
    return ModelConfig.read(dir).shape();
  }

  /** The same word for each layer. */
  public static List<Boolean> everyLayer(int layers) {
    return Collections.nCopies(layers, true);
  }
}
