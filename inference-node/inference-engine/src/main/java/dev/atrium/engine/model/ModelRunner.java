package dev.atrium.engine.model;

import java.util.List;

/**
 * Runs one network with its cache arena. Stateful in the cache only: a step writes the keys and
 * values of its tokens at {@code cacheStart + position} and reads those before them.
 *
 * <p>Not thread-safe: every method except {@link #info} is called by the one thread that made the
 * runner, because the native library keeps a pool of threads for each calling thread.
 */
public interface ModelRunner extends AutoCloseable {
  /** Facts about the model; any thread. */
  RunnerInfo info();

  /**
   * One forward pass for all spans together.
   *
   * @throws OutOfMemory if memory did not suffice for this batch; a smaller one may pass
   */
  StepOutput step(List<Span> spans);

  /** Copies the cached keys and values of {@code tokens} tokens within the arena. */
  void copyCache(int from, int to, int tokens);

  @Override
  void close();

  /** The device could not give the memory that a step needed. The cache is as before the step. */
  final class OutOfMemory extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public OutOfMemory(String message, Throwable cause) {
      super(message, cause);
    }
  }
}
