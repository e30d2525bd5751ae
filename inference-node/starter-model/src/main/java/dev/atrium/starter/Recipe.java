package dev.atrium.starter;

import dev.atrium.engine.model.NetworkShape;
import dev.atrium.engine.training.TrainingBatch;
import dev.atrium.engine.training.TrainingOptions;
import dev.atrium.starter.corpus.Corpus;
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
  static final int BATCH_TOKENS = 1024;

  /** Ten to fourteen minutes on two idle cores. */
  static final long STEPS = 3_800;

  private static final int VOCABULARY = 4096;
  private static final int LAYERS = 4;
  private static final int WIDTH = 192;
  private static final int HEADS = 6;
  private static final int FFN = 512;
  private static final double RATE = 3e-3;
  private static final double DECAY = 0.1;
  private static final int TOKENIZER_CONVERSATIONS = 40_000;
  private static final int HELD_OUT_BATCHES = 8;

  private Recipe() {}

  static NetworkShape shape(Bpe bpe) {
    int head = WIDTH / HEADS;
    return NetworkShape.of(LAYERS, WIDTH, HEADS, HEADS, head, FFN, bpe.size(), CONTEXT);
  }

  static TrainingOptions options(long steps, int threads) {
    return new TrainingOptions(
      steps,
      RATE,
      Math.max(1, Math.min(100, steps / 10)),
      DECAY,
      1,
      SEED,
      threads
    );
  }

  /** For weights that have learned already: a third of the rate, other batches. */
  static TrainingOptions continuation(long steps, int threads) {
    long warmUp = Math.max(1, Math.min(20, steps / 10));
    return new TrainingOptions(steps, RATE / 3, warmUp, DECAY, 1, SEED + 1, threads);
  }

  static Bpe tokenizer(Corpus corpus) {
    var texts = new ArrayList<String>();
    for (long i = 1; i <= TOKENIZER_CONVERSATIONS; i++) {
      for (var message : corpus.conversation(-i)) {
        texts.add(message.role());
        texts.add(message.content());
      }
    }
    return BpeTrainer.train(texts, VOCABULARY, TokenizerFiles.SPECIALS);
  }

  static ChatBatches batches(Corpus corpus, Bpe bpe, TrainingOptions options) {
    return new ChatBatches(corpus, bpe, options.seed(), CONTEXT, BATCH_TOKENS, true);
  }

  static List<TrainingBatch> heldOut(Corpus corpus, Bpe bpe) {
    var source = new ChatBatches(corpus, bpe, SEED ^ 0x4e1d, CONTEXT, 2 * BATCH_TOKENS, false);
    var all = new ArrayList<TrainingBatch>();
    for (int i = 0; i < HELD_OUT_BATCHES; i++) all.add(source.batch(i));
    return all;
  }
}
