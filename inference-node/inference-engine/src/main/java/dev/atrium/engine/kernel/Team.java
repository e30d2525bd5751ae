package dev.atrium.engine.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;

/**
 * Shares the rows of a step among the threads that libtorch has for its products: those of libgomp
 * that belong to the calling thread. Threads of our own would compete with them for the same cores.
 */
final class Team implements AutoCloseable {

  /** Work that is not worth waking anybody, in numbers that are read or written. */
  private static final long ALONE = 1 << 16;

  private final int threads;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment helper;
  private volatile Work work = Work.NONE;

  /**
   * libtorch is loaded already.
   *
   * @param threads with the calling one
   */
  Team(int threads) {
    this.threads = threads;
    helper = OpenMp.function(this::help, arena);
  }

  /**
   * Does n things, each once, and returns when all are done.
   *
   * @param numbers about how many numbers all of it reads and writes
   * @throws IllegalStateException if one of them failed
   */
  void run(int n, long numbers, IntConsumer thing) {
    if (threads == 1 || n == 1 || numbers < ALONE) {
      for (int i = 0; i < n; i++) {
        thing.accept(i);
      }
      return;
    }
    Work all = new Work(n, thing);
    work = all;
    OpenMp.parallel(helper, Math.min(threads, n));
    work = Work.NONE;
    if (all.failure != null) {
      throw new IllegalStateException("a thread of a step failed", all.failure);
    }
  }

  /** What each of the threads does. */
  private void help() {
    work.take();
  }

  @Override
  public void close() {
    arena.close();
  }

  private static final class Work {

    static final Work NONE = new Work(0, _ -> {});

    final int n;
    final IntConsumer thing;
    final AtomicInteger next = new AtomicInteger();
    volatile Throwable failure;

    Work(int n, IntConsumer thing) {
      this.n = n;
      this.thing = thing;
    }

    void take() {
      try {
        for (int i = next.getAndIncrement(); i < n; i = next.getAndIncrement()) {
          thing.accept(i);
        }
      } catch (Throwable e) {
        failure = e; // nothing may be thrown through libgomp
      }
    }
  }
}
