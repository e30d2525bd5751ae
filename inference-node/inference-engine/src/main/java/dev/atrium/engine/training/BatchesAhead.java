package dev.atrium.engine.training;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Makes batches before they are asked for, in threads of its own: those of the next few steps, a bounded
 * number. The same batches come out whatever the number of threads, since a batch depends on its step
 * alone. Asked by one thread; the source is called by many at once.
 */
public final class BatchesAhead implements BatchSource, AutoCloseable {

  private final BatchSource source;
  private final int ahead;
  private final ExecutorService makers;
  private final Queue<Future<TrainingBatch>> made = new ArrayDeque<>();
  /** The step of the first batch in the queue. */
  private long next;

  /**
   * @param source may be called from several threads at once
   * @param threads how many batches are made at a time; twice as many wait at most
   */
  public BatchesAhead(BatchSource source, int threads) {
    this.source = source;
    this.ahead = 2 * threads;
    this.makers = Executors.newFixedThreadPool(
      threads,
      Thread.ofPlatform().daemon().name("batches-", 1).factory()
    );
  }

  /**
   * The batch of a step; waits until it is made. Steps are best asked for in their order: any other is
   * made from then on, and what was made ahead is thrown away.
   *
   * @throws IllegalStateException if the source failed, or this thread was interrupted
   */
  @Override
  public TrainingBatch batch(long step) {
    if (step != next) {
      made.forEach(batch -> batch.cancel(false));
      made.clear();
      next = step;
    }
    while (made.size() <= ahead) {
      long later = next + made.size();
      made.add(makers.submit(() -> source.batch(later)));
    }
    next++;
    try {
      return made.remove().get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("the batch of step " + step + " can't be made", e.getCause());
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for the batch of step " + step);
    }
  }

  @Override
  public void close() {
    makers.shutdownNow();
  }
}
