package dev.atrium.starter;

import dev.atrium.engine.text.ChatMessage;
import dev.atrium.engine.training.BatchSource;
import dev.atrium.engine.training.TrainingBatch;
import dev.atrium.starter.corpus.Corpus;
import dev.atrium.starter.tokenizer.Bpe;
import dev.atrium.starter.tokenizer.TokenizerFiles;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/**
 * Packs conversations into rows, one behind another, so that a row reads like a longer chat about
 * many things. Only what the assistant says is learned from. Three batches of four have short rows,
 * most of which begin a chat, as most chats are; the fourth has rows as long as the context. In
 * training, two of the four break answers off after their first words: which answer it is has been
 * decided by then, and so more questions are met in the same time.
 */
final class ChatBatches implements BatchSource {

  private static final int SHORT = 128;
  private static final double DROPOUT = 0.08;

  /** The first words of an answer decide which one it is; the rest follows almost by itself. */
  private static final float EMPHASIS = 7;

  private static final float FADING = 0.7f;

  /** Tokens of an answer that is broken off. */
  private static final int OPENING = 10;

  private final Corpus corpus;
  private final Bpe bpe;
  private final long seed;
  private final int context;
  private final int tokens;
  private final boolean emphasis;
  private final int[] newLine;
  private final int start;
  private final int end;
  private final int padding;

  /**
   * @param tokens of one batch; a multiple of {@code context}
   * @param emphasis whether the first words of an answer count more, as in training
   */
  ChatBatches(Corpus corpus, Bpe bpe, long seed, int context, int tokens, boolean emphasis) {
    this.corpus = corpus;
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
    int length = step % 4 == 3 ? context : SHORT;
    int most = emphasis && step % 4 < 2 ? OPENING : Integer.MAX_VALUE;
    var random = new SplittableRandom(seed * 0x9e3779b97f4a7c15L + step);
    var rows = new Rows(tokens / length, length);
    for (int row = 0; row < rows.count; row++) fill(rows, row, most, random);
    return new TrainingBatch(rows.count, length, rows.ids, rows.targets, rows.weights);
  }

  private void fill(Rows rows, int row, int most, SplittableRandom random) {
    int at = 0;
    int missed = 0;
    while (missed < 3) {
      var sample = sample(corpus.conversation(random.nextLong()), most, random);
      if (at + sample.length > rows.length) {
        missed++;
        continue;
      }
      rows.put(row, at, sample);
      at += sample.length;
    }
  }

  /**
   * Ids of one conversation; those to learn from, the first {@code most} of each answer and the end of
   * a whole one, are flipped (−1 − id).
   */
  private int[] sample(List<ChatMessage> messages, int most, SplittableRandom random) {
    var all = new int[0];
    for (var message : messages) {
      boolean learned = message.role().equals("assistant");
      var words = learned
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

    private void put(int row, int at, int[] sample) {
      float extra = 0;
      for (int i = 0; i < sample.length; i++) {
        int place = row * length + at + i;
        boolean learned = sample[i] < 0;
        ids[place] = learned ? -1 - sample[i] : sample[i];
        extra = learned ? extra * FADING : EMPHASIS / FADING;
        if (!learned) continue;
        targets[place - 1] = ids[place];
        if (emphasis) weights[place - 1] = 1 + extra;
      }
    }
  }
}
