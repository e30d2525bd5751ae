package dev.atrium.engine.model;

import java.util.Locale;
import java.util.Map;
import java.util.function.IntFunction;

/**
 * The memory that a model takes on a device, worked out from its shape before anything is loaded. A head
 * that is tied to the embedding counts twice where matrices are packed: once to look ids up, once to
 * multiply with. Packed matrices are padded: rows of them to a multiple of 512 numbers, and that is
 * counted. On a GPU nothing is packed, and all is of one type.
 *
 * @param weights bytes of all weights as they are held
 * @param tables bytes of the rotary tables
 * @param bytesPerToken of the cache: keys and values of all layers
 * @param cacheTokens size of the cache for all sequences together
 * @param loading bytes more while the largest matrix is being packed
 * @param margin bytes left to activations, the heap and everybody else
 */
public record MemoryPlan(
  long weights,
  long tables,
  long bytesPerToken,
  int cacheTokens,
  long loading,
  long margin
) {
  /** Of a model that takes nothing worth counting. */
  public static final MemoryPlan NONE = new MemoryPlan(0, 0, 0, 0, 0, 0);

  /** The cache's size if none is asked for: as many tokens as this many bytes hold. */
  private static final long DEFAULT_CACHE = 512L << 20;
  /** A smaller cache is of no use. */
  private static final int LEAST_CACHE = 2048;
  /** Left to activations, the heap and everybody else. */
  private static final long MARGIN = 256L << 20;

  private static final long GPU_CACHE = 4L << 30;

  /** Logits that a GPU draws from at once; rows beyond them wait for their turn. */
  public static final int DRAWN_AT_ONCE = 1 << 22;

  /**
   * What drawing.py holds at once for each of them. On a processor 39 bytes were seen, where all is
   * sorted; CUDA's sort needs more beside.
   */
  private static final long DRAWING = 64L * DRAWN_AT_ONCE;

  private static final long GPU_MARGIN = (1L << 30) + DRAWING;

  private static final int PACKED_COLUMNS = 512;
  private static final int PACKED_ROWS = 16;
  /** Of each row of a packed int8 matrix: scale, zero point, sum. */
  private static final int INT8_ROW = 12;

  /**
   * Plans for so many free bytes. Without a wish, the cache holds 16 contexts or what 512 MB hold, but
   * one context at least; if that doesn't fit, as much as does.
   *
   * @param cacheTokens wanted size of the cache, 0 for none
   * @throws ModelLoadException {@code model_too_large} if it doesn't fit, with the sum in its words
   */
  public static MemoryPlan of(NetworkShape shape, Precision precision, int cacheTokens, long free) {
    return fitting(tokens -> of(shape, precision, tokens), shape, precision, cacheTokens, free);
  }

  /**
   * Plans for so many free bytes of a GPU. Without a wish, the cache holds 16 contexts or what 4 GB hold,
   * but one context at least; if that doesn't fit, as much as does.
   *
   * @param cacheTokens wanted size of the cache, 0 for none
   * @throws ModelLoadException {@code model_too_large} if it doesn't fit, with the sum in its words
   */
  public static MemoryPlan onGpu(
    NetworkShape shape,
    Precision precision,
    int cacheTokens,
    long free
  ) {
    int bytes = precision == Precision.F32 ? Float.BYTES : Short.BYTES;
    return fitting(
      tokens ->
        new MemoryPlan(
          bytes * shape.parameters(),
          2 * tableBytes(shape, shape.contextLength()),
          2L * shape.layers() * shape.kvHeads() * shape.headDim() * bytes,
          tokens,
          0,
          GPU_MARGIN
        ),
      shape,
      precision,
      cacheTokens,
      free
    );
  }

  private static MemoryPlan fitting(
    IntFunction<MemoryPlan> plans,
    NetworkShape shape,
    Precision precision,
    int cacheTokens,
    long free
  ) {
    MemoryPlan least = plans.apply(LEAST_CACHE);
    int wanted = cacheTokens;
    if (wanted == 0) {
      long most = least.margin == GPU_MARGIN ? GPU_CACHE : DEFAULT_CACHE;
      long usual = Math.min(16L * shape.contextLength(), most / least.bytesPerToken);
      wanted = (int) Math.min(Math.max(shape.contextLength(), usual), Integer.MAX_VALUE - 1);
    }
    MemoryPlan plan = plans.apply(wanted);
    if (plan.fits(free)) {
      return plan;
    }
    least = plans.apply(Math.min(wanted, LEAST_CACHE));
    if (cacheTokens > 0 || !least.fits(free)) {
      throw (cacheTokens > 0 ? plan : least).tooLarge(precision, free);
    }
    // A token takes its place in the cache and, while the context is not full, in the tables.
    long left = free - least.margin - least.loading - least.weights;
    int tokens = (int) (left / (least.bytesPerToken + tableBytes(shape, 1)));
    return plans.apply(Math.max(tokens, least.cacheTokens));
  }

  private static MemoryPlan of(NetworkShape shape, Precision precision, int cacheTokens) {
    return new MemoryPlan(
      weightBytes(shape, precision),
      tableBytes(shape, Math.min(cacheTokens, shape.contextLength())),
      2L * shape.layers() * shape.kvHeads() * headBytes(shape.headDim(), precision),
      cacheTokens,
      loadingBytes(shape, precision),
      MARGIN
    );
  }

  /** Of a key or a value: numbers of 16 bits with a scale, but in f32. */
  private static long headBytes(long dim, Precision precision) {
    return precision == Precision.F32 ? Float.BYTES * dim : Short.BYTES * dim + Float.BYTES;
  }

  private static long weightBytes(NetworkShape shape, Precision precision) {
    long width = shape.width();
    long matrices =
      matrix(shape.qkvRows(), width, precision) +
      matrix(width, (long) shape.heads() * shape.headDim(), precision) +
      matrix(2L * shape.ffn(), width, precision) +
      matrix(width, shape.ffn(), precision);
    long vectors = Float.BYTES * (2 * width + shape.smallParameters());
    boolean shared = shape.tied() && precision == Precision.F32;
    return (
      shape.layers() * (matrices + vectors) +
      Float.BYTES * width +
      shape.vocab() * width * (precision == Precision.F32 ? Float.BYTES : Short.BYTES) +
      (shared ? 0 : matrix(shape.vocab(), width, precision))
    );
  }

  private static long matrix(long rows, long columns, Precision precision) {
    return switch (precision) {
      case F32 -> Float.BYTES * rows * columns;
      case FP16 -> Short.BYTES * padded(rows, PACKED_ROWS) * padded(columns, PACKED_COLUMNS);
      case INT8 -> padded(rows, PACKED_ROWS) * padded(columns, PACKED_COLUMNS) + INT8_ROW * rows;
      case BF16 -> throw new IllegalArgumentException("bf16 is for GPUs");
    };
  }

  private static long padded(long n, long unit) {
    return ((n + unit - 1) / unit) * unit;
  }

  /** A cosine and a sine for each pair that turns; on a GPU for both numbers of it. */
  private static long tableBytes(NetworkShape shape, long positions) {
    return (long) Float.BYTES * shape.headDim() * positions;
  }

  /** The largest matrix in 32 bits; int8 has its absolute values beside it. */
  private static long loadingBytes(NetworkShape shape, Precision precision) {
    long width = shape.width();
    long largest = Math.max(
      shape.vocab() * width,
      Math.max(2L * shape.ffn(), shape.qkvRows()) * width
    );
    return switch (precision) {
      case F32 -> 0;
      case FP16, BF16 -> Float.BYTES * largest;
      case INT8 -> 2L * Float.BYTES * largest;
    };
  }

  /** Bytes of the cache. */
  public long cache() {
    return bytesPerToken * cacheTokens;
  }

  /** Bytes of everything that stays. */
  public long total() {
    return weights + tables + cache();
  }

  private boolean fits(long free) {
    return total() + loading + margin <= free;
  }

  /** For people: {@code 0.4 GB of weights and 0.5 GB of cache for 11,650 tokens}. */
  public String words() {
    return String.format(
      Locale.ROOT,
      "%s of weights and %s of cache for %,d tokens",
      gigabytes(weights + tables),
      gigabytes(cache()),
      cacheTokens
    );
  }

  /** {@code model_too_large}, with the sum in its words, where so many bytes are free. */
  public ModelLoadException tooLarge(Precision precision, long free) {
    long needed = total() + loading + margin;
    String problem = String.format(
      Locale.ROOT,
      "in %s the model needs %s, %s to load it and %s for everything else: %s, of which %s are free",
      precision.label(),
      words(),
      gigabytes(loading),
      gigabytes(margin),
      gigabytes(needed),
      gigabytes(free)
    );
    return new ModelLoadException(
      "model_too_large",
      Map.of("neededBytes", needed, "freeBytes", free, "precision", precision.label()),
      problem
    );
  }

  private static String gigabytes(long bytes) {
    return String.format(Locale.ROOT, bytes < 100e6 ? "%.3f GB" : "%.1f GB", bytes / 1e9);
  }
}
