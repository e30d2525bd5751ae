package dev.atrium.engine.djl;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import dev.atrium.engine.djl.StepRecorder.NotRecorded;
import dev.atrium.engine.djl.StepRecorder.Recording;
import dev.atrium.engine.model.Span;
import dev.atrium.engine.torchscript.ScriptModule;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Steps in which every sequence writes one token, recorded once for a number of rows and replayed. A
 * step of a size that was not recorded yet takes the next larger one that is: rows beyond its own write
 * to, and read, a place of the cache that nobody has.
 *
 * <p>Sizes are recorded when they are first wanted. As the bound of the contexts' lengths is a part of
 * what is recorded, there are a few of each number of rows.
 */
final class GraphedSteps implements AutoCloseable {

  /** More rows than that are launched as they are: the device is the limit then, and not the host. */
  static final int MOST_ROWS = 256;

  private static final Logger LOG = LoggerFactory.getLogger(GraphedSteps.class);
  private static final int SHORTEST = 512;
  private static final int MOST_RECORDINGS = 64;

  /** What was recorded: how many rows, and how many tokens their contexts have at most. */
  record Size(int rows, int used) {
    /** The smallest of those that are recorded into which so much fits. */
    static Size of(int rows, int used, int context) {
      int bound = SHORTEST;
      while (bound < used) {
        bound *= 4;
      }
      return new Size(rowsFor(rows), Math.max(used, Math.min(bound, context)));
    }

    /** 1, 2, 4, 8, then twice as many in two strides: 12, 16, 24, 32, 48 … */
    private static int rowsFor(int rows) {
      int power = Integer.highestOneBit(rows);
      if (power == rows) {
        return rows;
      }
      int between = power + power / 2;
      return power >= 8 && rows <= between ? between : 2 * power;
    }
  }

  private final ScriptModule module;
  private final StepRecorder recorder;
  private final NDManager manager;
  private final int context;
  private final int spare;
  private final Map<Size, Recording> recordings = new HashMap<>();
  private final Map<Integer, Letters> letters = new HashMap<>();
  private final Set<Size> launched = new HashSet<>();
  private NDArray logits;
  private boolean broken;

  /**
   * @param context most tokens of a sequence
   * @param spare the place in the cache for what nobody reads
   */
  GraphedSteps(ScriptModule module, StepRecorder recorder, int context, int spare) {
    this.module = module;
    this.recorder = recorder;
    this.manager = module.manager().newSubManager();
    this.context = context;
    this.spare = spare;
  }

  /** Whether each of them writes one token, and no prompt is read beside them. */
  static boolean areAnswers(List<Span> spans) {
    return (
      !spans.isEmpty() &&
      spans.size() <= MOST_ROWS &&
      spans.stream().allMatch(span -> span.tokens().length == 1 && span.wantsLogits())
    );
  }

  /**
   * What one step gave.
   *
   * @param logits of the first rows those of the spans; until the next step
   */
  record Result(NDArray logits, long[] best) {}

  /** Empty if steps of this size are launched kernel by kernel. */
  Optional<Result> step(List<Span> answers) {
    int used = 0;
    for (Span span : answers) {
      used = Math.max(used, span.position() + 1);
    }
    Size size = Size.of(answers.size(), used, context);
    if (broken || launched.contains(size)) {
      return Optional.empty();
    }
    Letters at = letters.computeIfAbsent(size.rows(), this::letters);
    at.write(answers);
    Recording recording = recordings.get(size);
    if (recording == null) {
      recording = record(size, at);
      if (recording == null) {
        return Optional.empty();
      }
      recordings.put(size, recording);
    }
    recording.replay();
    return Optional.of(new Result(logits, at.ids(answers.size())));
  }

  int recordings() {
    return recordings.size();
  }

  private Recording record(Size size, Letters at) {
    if (recordings.size() == MOST_RECORDINGS || !recorder.hasRoom()) {
      launched.add(size);
      return null;
    }
    try {
      if (logits == null) {
        logits = module.tensors(manager, "room", MOST_ROWS)[0];
      }
      return recorder.record(() ->
        module.run("answers", at.told, at.ids, (PtNDArray) logits, size.used())
      );
    } catch (NotRecorded e) {
      LOG.warn("every kernel is launched by itself from now on: {}", e.getMessage(), e);
      broken = true;
      return null;
    } catch (EngineException e) {
      LOG.warn("steps of {} rows are launched kernel by kernel: {}", size.rows(), e.toString());
      launched.add(size);
      return null;
    }
  }

  private Letters letters(int rows) {
    NDArray[] made = module.tensors(manager, "letters", rows);
    return new Letters(rows, (PtNDArray) made[0], (PtNDArray) made[1]);
  }

  @Override
  public void close() {
    recordings.values().forEach(Recording::close);
    recordings.clear();
    manager.close();
  }

  /** What host and device tell each other for so many rows, in memory that both read. */
  private final class Letters {

    private static final int TOKEN = 0;
    private static final int POSITION = 1;
    private static final int PLACE = 2;
    private static final int FIRST = 3;
    private static final int START = 4;
    private static final int USED = 5;

    final PtNDArray told;
    final PtNDArray ids;
    private final int rows;
    private final LongBuffer toldNumbers;
    private final LongBuffer idNumbers;

    Letters(int rows, PtNDArray told, PtNDArray ids) {
      this.rows = rows;
      this.told = told;
      this.ids = ids;
      this.toldNumbers = numbers(told);
      this.idNumbers = numbers(ids);
    }

    private static LongBuffer numbers(PtNDArray array) {
      return array.toByteBuffer(true).order(ByteOrder.nativeOrder()).asLongBuffer();
    }

    void write(List<Span> answers) {
      for (int row = 0; row < rows; row++) {
        if (row < answers.size()) {
          Span span = answers.get(row);
          write(row, span.tokens()[0], span.position(), span.cacheStart());
        } else {
          write(row, 0, 0, spare);
        }
      }
      put(FIRST, rows, rows);
    }

    private void write(int row, int token, int position, int start) {
      put(TOKEN, row, token);
      put(POSITION, row, position);
      put(PLACE, row, (long) start + position);
      put(FIRST, row, row);
      put(START, row, start);
      put(USED, row, position + 1);
    }

    private void put(int field, int column, long value) {
      toldNumbers.put(field * (rows + 1) + column, value);
    }

    long[] ids(int count) {
      long[] copy = new long[count];
      idNumbers.get(0, copy);
      return copy;
    }
  }
}
