package dev.atrium.engine.llamacpp;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * A model in llama.cpp with some sequences, decoded greedily. Not thread-safe. A failure inside
 * llama.cpp may end the process.
 */
public final class LlamaCpp implements AutoCloseable {

  private final Arena arena = Arena.ofConfined();
  private final LibLlama lib;
  private final MemorySegment model;
  private final MemorySegment context;
  private final int vocabulary;
  private final Batch batch;

  /**
   * @param libraries where {@link LlamaPackage} has them
   * @param tokens most tokens of each sequence
   * @throws IOException if the libraries don't fit
   */
  public LlamaCpp(Path libraries, Path file, int vocabulary, int sequences, int tokens, int threads)
    throws IOException {
    this.vocabulary = vocabulary;
    lib = new LibLlama(libraries, arena);
    model = lib.loadModel(file);
    context = lib.newContext(model, tokens * sequences, sequences, threads);
    batch = new Batch(arena, Math.max(tokens, sequences));
  }

  /** Reads a whole prompt in one call and returns the likeliest token after it. */
  public int read(int sequence, int[] prompt) {
    batch.clear();
    for (int i = 0; i < prompt.length; i++) {
      batch.add(prompt[i], i, sequence, i == prompt.length - 1);
    }
    lib.decode(context, batch.segment());
    return likeliest(prompt.length - 1);
  }

  /**
   * One step of the sequences from 0 on: takes the last token of each, all at the same position, and
   * replaces it by the likeliest next one.
   *
   * @return nanoseconds that llama.cpp took; choosing the tokens is not in it
   */
  public long write(int[] last, int position) {
    batch.clear();
    for (int s = 0; s < last.length; s++) {
      batch.add(last[s], position, s, true);
    }
    long start = System.nanoTime();
    lib.decode(context, batch.segment());
    // Waits until the numbers are there.
    lib.logits(context, 0, vocabulary);
    long nanos = System.nanoTime() - start;
    for (int s = 0; s < last.length; s++) {
      last[s] = likeliest(s);
    }
    return nanos;
  }

  /** Forgets what a sequence has from a position on. */
  public void forget(int sequence, int from) {
    lib.forget(context, sequence, from);
  }

  private int likeliest(int row) {
    MemorySegment logits = lib.logits(context, row, vocabulary);
    int best = 0;
    for (int i = 1; i < vocabulary; i++) {
      if (logits.getAtIndex(JAVA_FLOAT, i) > logits.getAtIndex(JAVA_FLOAT, best)) {
        best = i;
      }
    }
    return best;
  }

  @Override
  public void close() {
    lib.free(model, context);
    arena.close();
  }

  /** A {@code llama_batch} with room for so many tokens. */
  private static final class Batch {

    private final MemorySegment segment;
    private final MemorySegment tokens;
    private final MemorySegment positions;
    private final MemorySegment sequences;
    private final MemorySegment wanted;
    private int size;

    Batch(Arena arena, int room) {
      segment = arena.allocate(LibLlama.BATCH);
      tokens = arena.allocate(JAVA_INT, room);
      positions = arena.allocate(JAVA_INT, room);
      sequences = arena.allocate(JAVA_INT, room);
      wanted = arena.allocate(JAVA_BYTE, room);
      // Each token has one sequence, told by a pointer to its number.
      MemorySegment ones = arena.allocate(JAVA_INT, room);
      MemorySegment pointers = arena.allocate(ADDRESS, room);
      for (int i = 0; i < room; i++) {
        ones.setAtIndex(JAVA_INT, i, 1);
        pointers.setAtIndex(ADDRESS, i, sequences.asSlice(4L * i, 4));
      }
      MemorySegment[] fields = { tokens, MemorySegment.NULL, positions, ones, pointers, wanted };
      for (int f = 0; f < fields.length; f++) {
        segment.set(ADDRESS, 8L * (f + 1), fields[f]);
      }
    }

    void clear() {
      size = 0;
    }

    void add(int token, int position, int sequence, boolean logits) {
      tokens.setAtIndex(JAVA_INT, size, token);
      positions.setAtIndex(JAVA_INT, size, position);
      sequences.setAtIndex(JAVA_INT, size, sequence);
      wanted.setAtIndex(JAVA_BYTE, size, (byte) (logits ? 1 : 0));
      size++;
    }

    MemorySegment segment() {
      segment.set(JAVA_INT, 0, size);
      return segment;
    }
  }
}
