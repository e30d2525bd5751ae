package dev.atrium.starter;

import dev.atrium.engine.text.ChatMessage;
import dev.atrium.engine.training.BatchSource;
import dev.atrium.engine.training.TrainingBatch;
import dev.atrium.starter.corpus.Shares;
import dev.atrium.starter.corpus.Shares.Lesson;
import dev.atrium.starter.tokenizer.Bpe;
import dev.atrium.starter.tokenizer.TokenizerFiles;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/**
 * Packs chats into rows, one behind another, so that a row reads like a longer chat about many things.
 * Only what the assistant says is learned from. Which chats, and how long the rows are, goes by turns
 * ({@link Shares.Plan#turns}): tasks, whose answers are copied together from what was given, need whole answers
 * and room; talk is met in more wordings when its answers are broken off after their first words, for
 * by then it has been decided which answer it is.
 */
final class ChatBatches implements BatchSource {

  private static final double DROPOUT = 0.08;

  /** The first words of an answer decide which one it is; the rest follows almost by itself. */
  private static final float EMPHASIS = 7;

  private static final float FADING = 0.7f;

  /** Tokens of an answer that is broken off. */
  private static final int OPENING = 16;

  /** Tasks are drawn into short rows up to here, so that what has to be found is near. */
  private static final double NEAR = 0.25;

  private final Chats chats;
  private final Shares.Plan plan;
  private final Bpe bpe;
  private final long seed;
  private final int context;
  private final int tokens;
  private final long steps;
  private final boolean emphasis;
  private final int[] newLine;
  private final int start;
  private final int end;
  private final int padding;

  /**
   * @param tokens of one batch; a multiple of {@code context}
   * @param steps of the whole training: tasks become harder in its course; zero for hard ones at once
   * @param emphasis whether the first words of an answer count more, as in training
   */
  ChatBatches(
    Chats chats,
    Shares.Plan plan,
    Bpe bpe,
    long seed,
    int context,
    int tokens,
    long steps,
    boolean emphasis
  ) {
    this.steps = steps;
    this.chats = chats;
    this.plan = plan;
    this.bpe = bpe;
    this.seed = seed;
    this.context = context;
    this.tokens = tokens;
    this.emphasis = emphasis;
    newLine = bpe.encode("\n");
    start = bpe.special(TokenizerFiles.START);
    end = bpe.special(TokenizerFiles.END);
    padding = bpe.special(TokenizerFiles.END_OF_TEXT);
  }

  @Override
  public TrainingBatch batch(long step) {
    var lesson = plan.turns().get((int) (step % plan.turns().size()));
    double progress = steps == 0 ? 1 : Math.min(1, (double) step / steps);
    int length = length(lesson, progress);
    var random = new SplittableRandom(seed * 0x9e3779b97f4a7c15L + step);
    var rows = new Rows(tokens / length, length);
    for (int row = 0; row < rows.count; row++) fill(rows, row, lesson, progress, random);
    return new TrainingBatch(rows.count, length, rows.ids, rows.targets, rows.weights);
  }

  private int length(Lesson lesson, double progress) {
    return switch (lesson) {
      case OPENINGS, TALK -> context / 4;
      case TASKS -> progress < NEAR ? context / 4 : context / 2;
      case BOTH -> context;
    };
  }

  private void fill(Rows rows, int row, Lesson lesson, double progress, SplittableRandom random) {
    int at = 0;
    int missed = 0;
    while (missed < 3) {
      boolean task = lesson == Lesson.TASKS || (lesson == Lesson.BOTH && random.nextBoolean());
      int most = emphasis && lesson == Lesson.OPENINGS ? OPENING : Integer.MAX_VALUE;
      long index = random.nextLong();
      var chat = task ? chats.task(index, plan.tasks(), progress) : chats.conversation(index);
      var sample = sample(chat, most, task, random);
      if (at + sample.length > rows.length) {
        missed++;
        continue;
      }
      rows.put(row, at, sample, emphasis ? (task ? EMPHASIS / 2 : EMPHASIS) : 0);
      at += sample.length;
    }
  }

  /**
   * Ids of one chat; those to learn from, the first {@code most} of each answer and the end of a whole
   * one, are flipped (−1 − id). Questions are cut into pieces by chance now and then, so that no word
   * is known by one way of cutting alone; not in tasks, where the pieces are copied.
   */
  private int[] sample(
    List<ChatMessage> messages,
    int most,
    boolean task,
    SplittableRandom random
  ) {
    var all = new int[0];
    for (var message : messages) {
      boolean learned = message.role().equals("assistant");
      var words = learned || task
        ? bpe.encode(message.content())
        : bpe.encode(message.content(), DROPOUT, random);
      all = join(all, start, bpe.encode(message.role()), newLine);
      boolean whole = words.length <= most;
      if (learned) words = flip(whole ? words : Arrays.copyOf(words, most));
      all = join(all, words, learned && whole ? -1 - end : end, newLine);
    }
    return all;
  }

  private static int[] flip(int[] ids) {
    return Arrays.stream(ids)
      .map(id -> -1 - id)
      .toArray();
  }

  private static int[] join(int[] head, Object... parts) {
    var out = Arrays.stream(head).boxed().collect(Collectors.toList());
    for (var part : parts) {
      if (part instanceof Integer id) out.add(id);
      else for (int id : (int[]) part) out.add(id);
    }
    return out.stream().mapToInt(Integer::intValue).toArray();
  }

  /** A batch that is being filled. */
  private final class Rows {

    private final int count;
    private final int length;
    private final int[] ids;
    private final int[] targets;
    private final float[] weights;

    private Rows(int count, int length) {
      this.count = count;
      this.length = length;
      ids = new int[count * length];
      targets = new int[count * length];
      weights = new float[count * length];
      Arrays.fill(weights, 1);
      Arrays.fill(ids, padding);
      Arrays.fill(targets, TrainingBatch.IGNORED);
    }

    private void put(int row, int at, int[] sample, float emphasis) {
      float extra = 0;
      for (int i = 0; i < sample.length; i++) {
        int place = row * length + at + i;
        boolean learned = sample[i] < 0;
        ids[place] = learned ? -1 - sample[i] : sample[i];
        extra = learned ? extra * FADING : emphasis / FADING;
        if (!learned) continue;
        targets[place - 1] = ids[place];
        weights[place - 1] = 1 + extra;
      }
    }
  }
}
