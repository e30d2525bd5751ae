package dev.atrium.engine.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.atrium.engine.model.Span;
import java.util.Arrays;
import java.util.List;

/**
 * What a step's script is told of each row, a tensor {@code (fields, rows)} of int64: its token, its
 * position and its place in the cache; on a CPU also the first place of its sequence, and its adapter.
 */
final class RowFields {

  private static final int TOKEN = 0;
  private static final int POSITION = 1;
  private static final int PLACE = 2;
  private static final int START = 3;
  private static final int ADAPTER = 4;
  static final int OF_GPU = 3;
  static final int OF_CPU = 5;

  private final int fields;
  private final int rows;
  private final long[] values;

  RowFields(int fields, int rows) {
    this.fields = fields;
    this.rows = rows;
    this.values = new long[fields * rows];
  }

  /** How many rows the spans have together. */
  static int rows(List<Span> spans) {
    return spans
      .stream()
      .mapToInt(span -> span.tokens().length)
      .sum();
  }

  void put(Span span, int firstRow) {
    for (int t = 0; t < span.tokens().length; t++) {
      int row = firstRow + t;
      int position = span.position() + t;
      values[TOKEN * rows + row] = span.tokens()[t];
      values[POSITION * rows + row] = position;
      values[PLACE * rows + row] = (long) span.cacheStart() + position;
      if (fields == OF_CPU) {
        values[START * rows + row] = span.cacheStart();
        values[ADAPTER * rows + row] = span.adapter();
      }
    }
  }

  /** The rows from this one on belong to nobody, and leave their keys and values at that place. */
  void pad(int firstRow, int place) {
    Arrays.fill(values, PLACE * rows + firstRow, (PLACE + 1) * rows, place);
    Arrays.fill(values, START * rows + firstRow, (START + 1) * rows, place);
  }

  NDArray on(NDManager manager) {
    return manager.create(values, new Shape(fields, rows));
  }
}
