package dev.atrium.engine.kernel;

import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the operators do that {@code decoder.py} calls. Tensors are contiguous f32 of N rows, those of
 * places and positions are int64. A bias or a norm that there is not is an empty tensor. {@code sized}
 * is 1 for int8, whose products are of rows of -1 to 1, with a factor for each row in {@code size}
 * (N, 1); else 0.
 *
 * <p>Serves one thread at a time, during {@link #during}.
 */
public final class Kernels implements AutoCloseable {

  /** Places of the cache arena whose keys lie together. */
  public static final int BLOCK = Slab.BLOCK;

  private static final Logger LOG = LoggerFactory.getLogger(Kernels.class);

  private static final ThreadLocal<Kernels> AT_WORK = new ThreadLocal<>();

  private final Arguments arguments = new Arguments();
  private final Team team;
  private final ThreadLocal<Attention> attention = ThreadLocal.withInitial(Attention::new);
  private Throwable failure;

  /** @param threads that share the rows of a step, with the one that runs it */
  public Kernels(int threads) {
    team = new Team(threads);
  }

  /** The operators are known to libtorch, which is loaded, before a script that names them is. */
  public static void register() {
    Operator.register();
  }

  /**
   * Runs a step of the script, which may call the operators.
   *
   * @throws IllegalStateException if one of them failed, which can't throw through libtorch
   */
  public <T> T during(Supplier<T> step) {
    failure = null;
    AT_WORK.set(this);
    T result;
    try {
      result = step.get();
    } finally {
      AT_WORK.remove();
    }
    if (failure != null) {
      throw new IllegalStateException("an operator of the step failed", failure);
    }
    return result;
  }

  /** libtorch calls an operator on this thread. Nothing may be thrown. */
  static void call(int tensors, Consumer<Kernels> operator, long words) {
    Kernels kernels = AT_WORK.get();
    try {
      if (kernels == null) {
        LOG.error("an operator was called outside of a step and did nothing");
        return;
      }
      kernels.arguments.of(words);
      operator.accept(kernels);
    } catch (Throwable e) {
      kernels.failure = e;
    } finally {
      Arguments.release(tensors, words);
    }
  }

  @Override
  public void close() {
    team.close();
  }

  void norm() {
    long x = arguments.tensor(0);
    int rows = arguments.size(0, 0);
    int width = arguments.size(0, 1);
    long weight = arguments.tensor(1);
    long y = arguments.tensor(2);
    long size = arguments.tensor(3);
    float least = arguments.real(4);
    boolean sized = arguments.number(5) == 1;
    team.run(rows, 2L * rows * width, r -> {
      long at = (long) r * width * Lanes.BYTES;
      norm(x + at, weight, width, least, y + at, sized ? size + (long) r * Lanes.BYTES : 0);
    });
  }

  /** Of one row, for int8 if there is a place for its factor. */
  private static void norm(long x, long weight, int width, float least, long y, long size) {
    if (size == 0) {
      Rows.norm(x, weight, width, least, y);
    } else {
      Lanes.set(size, Rows.sizedNorm(x, weight, width, least, y));
    }
  }

  void join() {
    long x = arguments.tensor(0);
    int rows = arguments.size(0, 0);
    int width = arguments.size(0, 1);
    long product = arguments.tensor(1);
    long size = arguments.tensor(2);
    long bias = arguments.tensor(3);
    long weight = arguments.tensor(4);
    long y = arguments.tensor(5);
    float least = arguments.real(6);
    boolean sized = arguments.number(7) == 1;
    team.run(rows, 5L * rows * width, r -> {
      long at = (long) r * width * Lanes.BYTES;
      Rows.join(x + at, product + at, width, factor(size, r, sized), bias);
      if (weight != 0) {
        norm(x + at, weight, width, least, y + at, sized ? size + (long) r * Lanes.BYTES : 0);
      }
    });
  }

  void gate() {
    long gateUp = arguments.tensor(0);
    int rows = arguments.size(0, 0);
    int both = arguments.size(0, 1);
    long size = arguments.tensor(1);
    long bias = arguments.tensor(2);
    long y = arguments.tensor(3);
    boolean sized = arguments.number(4) == 1;
    int width = both / 2;
    team.run(rows, 8L * rows * width, r -> {
      long from = gateUp + (long) r * both * Lanes.BYTES;
      long to = y + (long) r * width * Lanes.BYTES;
      Rows.settle(from, both, factor(size, r, sized), bias);
      Rows.gate(from, width, to);
      if (sized) {
        Lanes.set(size + (long) r * Lanes.BYTES, Rows.fit(to, width));
      }
    });
  }

  void attend() {
    long heads = arguments.tensor(0);
    int rows = arguments.size(0, 0);
    int all = arguments.size(0, 1);
    long size = arguments.tensor(1);
    long slots = arguments.tensor(7);
    Slab slab = slab(8);
    long starts = arguments.tensor(10);
    long mixed = arguments.tensor(11);
    int window = arguments.number(13);
    boolean sized = arguments.number(14) == 1;
    int dim = slab.dim();
    int queries = all - 2 * slab.heads();
    int group = queries / slab.heads();
    place(heads, rows, queries, size, slab, sized);
    long seen = 0;
    for (int r = 0; r < rows; r++) {
      seen += Lanes.longAt(slots, r) + 1 - first(starts, slots, r, window);
    }
    // Rows of one sequence follow one another: what one of them has read is near for the next.
    team.run(rows * slab.heads(), 2 * seen * slab.heads() * dim, i -> {
      int k = i / rows;
      int r = i % rows;
      long from = heads + ((long) r * all + (long) k * group) * dim * Lanes.BYTES;
      long to = mixed + ((long) r * queries + (long) k * group) * dim * Lanes.BYTES;
      long first = first(starts, slots, r, window);
      attention.get().attend(from, group, slab, k, first, Lanes.longAt(slots, r), to);
    });
    if (sized) {
      fit(mixed, rows, queries * dim, size);
    }
  }

  /** The first place that a row sees. */
  private static long first(long starts, long slots, int row, int window) {
    long start = Lanes.longAt(starts, row);
    return window == 0 ? start : Math.max(start, Lanes.longAt(slots, row) + 1 - window);
  }

  private void place(long heads, int rows, int queries, long size, Slab slab, boolean sized) {
    long bias = arguments.tensor(2);
    long queryNorm = arguments.tensor(3);
    long keyNorm = arguments.tensor(4);
    long turns = arguments.tensor(5);
    long positions = arguments.tensor(6);
    long slots = arguments.tensor(7);
    float least = arguments.real(12);
    int dim = slab.dim();
    int turning = queries + slab.heads();
    int width = (turning + slab.heads()) * dim;
    team.run(rows, 4L * rows * width, r -> {
      long row = heads + (long) r * width * Lanes.BYTES;
      long turn = turns + Lanes.longAt(positions, r) * dim * Lanes.BYTES;
      long slot = Lanes.longAt(slots, r);
      Rows.settle(row, width, factor(size, r, sized), bias);
      for (int h = 0; h < turning; h++) {
        long head = row + (long) h * dim * Lanes.BYTES;
        long norm = h < queries ? queryNorm : keyNorm;
        if (norm != 0) {
          Rows.norm(head, norm, dim, least, head);
        }
        Rows.turn(head, dim, turn);
      }
      for (int k = 0; k < slab.heads(); k++) {
        slab.putKey(k, slot, row + (long) (queries + k) * dim * Lanes.BYTES);
        slab.putValue(k, slot, row + (long) (turning + k) * dim * Lanes.BYTES);
      }
    });
  }

  private void fit(long y, int rows, int width, long size) {
    team.run(rows, 2L * rows * width, r ->
      Lanes.set(size + (long) r * Lanes.BYTES, Rows.fit(y + (long) r * width * Lanes.BYTES, width))
    );
  }

  private Slab slab(int i) {
    return new Slab(
      arguments.tensor(i),
      arguments.tensor(i + 1),
      arguments.size(i, 0) / 2,
      arguments.size(i, 1),
      arguments.size(i, 2)
    );
  }

  void likeliest() {
    long logits = arguments.tensor(0);
    int rows = arguments.size(0, 0);
    int width = arguments.size(0, 1);
    long size = arguments.tensor(1);
    long ids = arguments.tensor(2);
    boolean sized = arguments.number(3) == 1;
    team.run(rows, 2L * rows * width, r ->
      Lanes.setLong(
        ids + (long) r * Long.BYTES,
        Rows.likeliest(logits + (long) r * width * Lanes.BYTES, width, factor(size, r, sized))
      )
    );
  }

  private static float factor(long size, int row, boolean sized) {
    return sized ? Lanes.get(size + (long) row * Lanes.BYTES) : 1;
  }
}
