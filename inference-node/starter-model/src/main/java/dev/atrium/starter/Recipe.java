package dev.atrium.starter;

import dev.atrium.engine.model.NetworkShape;
import dev.atrium.engine.model.Rope;
import dev.atrium.engine.training.BatchSource;
import dev.atrium.engine.training.TrainingBatch;
import dev.atrium.engine.training.TrainingOptions;
import dev.atrium.starter.corpus.Shares;
import dev.atrium.starter.tokenizer.Bpe;
import dev.atrium.starter.tokenizer.BpeTrainer;
import dev.atrium.starter.tokenizer.TokenizerFiles;
import java.util.ArrayList;
import java.util.List;

/**
 * The numbers that make the shipped model: its sizes, its seeds, its schedule. Conversations with
 * negative numbers train the tokenizer; those of the batches have random ones, the held-out batches
 * others of another seed.
 */
final class Recipe {

  static final long SEED = 20261123;
  static final int CONTEXT = 512;
  static final int BATCH_TOKENS = 2048;

  /** Some 79 minutes on two idle cores, two on a large GPU. */
  static final long STEPS = 10_500;

  /** More from there, by {@code --from}: some ten minutes. */
  static final long STEPS_AGAIN = 1_300;

  private static final int VOCABULARY = 4096;
  private static final int LAYERS = 4;
  private static final int WIDTH = 192;
  private static final int HEADS = 6;
  private static final int FFN = 512;
  private static final double RATE = 1.5e-3;

  /** Slow enough that half of each head can compare tokens over the whole context. */
  private static final double THETA = 100_000;

  private static final long WARM_UP = 300;
  private static final double DECAY = 0.1;
  private static final int TOKENIZER_CHATS = 40_000;
  private static final int HELD_OUT_BATCHES = 8;
  private static final int HELD_OUT_TOKENS = 2048;

  private Recipe() {}

  static NetworkShape shape(Bpe bpe) {
    int head = WIDTH / HEADS;
    return NetworkShape.of(LAYERS, WIDTH, HEADS, HEADS, head, FFN, bpe.size(), CONTEXT).withRope(
      Rope.of(THETA)
    );
  }

  static TrainingOptions options(long steps, int threads) {
    return new TrainingOptions(
      steps,
      RATE,
      Math.max(1, Math.min(WARM_UP, steps / 10)),
      DECAY,
      1,
      SEED,
      threads
    ).withCopying();
  }

  /** For weights that have learned already: half the rate, other batches. */
  static TrainingOptions continuation(long steps, int threads) {
    long warmUp = Math.max(1, Math.min(20, steps / 10));
    return new TrainingOptions(steps, RATE / 2, warmUp, DECAY, 1, SEED + 1, threads);
  }

  static Bpe tokenizer(Chats chats) {
    var texts = new ArrayList<String>();
    for (long i = 1; i <= TOKENIZER_CHATS; i++) {
      var chat = i % 2 == 0 ? chats.task(-i, Shares.TASKS, 1) : chats.conversation(-i);
      for (var message : chat) {
        texts.add(message.role());
        texts.add(message.content());
      }
    }
    return BpeTrainer.train(texts, VOCABULARY, TokenizerFiles.SPECIALS);
  }

  /** The chats, easy ones first where nothing is known yet, and copying by itself in between. */
  static BatchSource batches(Chats chats, Bpe bpe, TrainingOptions options) {
    int first = bpe.specials().size();
    var recitation = new Recitation(options.seed(), BATCH_TOKENS, first, bpe.size());
    var lessons = new ChatBatches(
      chats,
      options.copying() ? Shares.FIRST : Shares.AGAIN,
      bpe,
      options.seed(),
      CONTEXT,
      BATCH_TOKENS,
      options.copying() ? options.steps() - options.steps() / Shares.RECITING : 0,
      true
    );
    return step ->
      step % Shares.RECITING == Shares.RECITING - 1
        ? recitation.batch(step)
        : lessons.batch(step - step / Shares.RECITING);
  }

  static List<TrainingBatch> heldOut(Chats chats, Bpe bpe) {
    var source = new ChatBatches(
      chats,
      Shares.FIRST,
      bpe,
      SEED ^ 0x4e1d,
      CONTEXT,
      HELD_OUT_TOKENS,
      0,
      false
    );
    var all = new ArrayList<TrainingBatch>();
    for (int i = 0; i < HELD_OUT_BATCHES; i++) all.add(source.batch(i));
    return all;
  }
}
