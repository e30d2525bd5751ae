package dev.atrium.starter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.engine.training.TrainingBatch;
import dev.atrium.starter.corpus.Shares;
import dev.atrium.starter.tokenizer.Bpe;
import dev.atrium.starter.tokenizer.BpeTrainer;
import dev.atrium.starter.tokenizer.TokenizerFiles;
import java.util.ArrayList;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ChatBatchesTest {

  private static Chats chats;
  private static Bpe bpe;

  @BeforeAll
  static void tokenizer() {
    chats = new Chats(1);
    var texts = new ArrayList<String>();
    for (long i = 1; i <= 1500; i++) {
      chats.conversation(-i).forEach(message -> texts.add(message.content()));
    }
    bpe = BpeTrainer.train(texts, 800, TokenizerFiles.SPECIALS);
  }

  private static ChatBatches batches(boolean emphasis) {
    return new ChatBatches(chats, Shares.FIRST, bpe, 3, 512, 2048, 0, emphasis);
  }

  @Test
  void aBatchDependsOnItsNumberAlone() {
    assertThat(batches(true).batch(7).ids()).isEqualTo(batches(true).batch(7).ids());
    assertThat(batches(true).batch(8).ids()).isNotEqualTo(batches(true).batch(7).ids());
  }

  @Test
  void onlyTheAnswersAreLearnedFrom() {
    var batch = batches(false).batch(3);
    int start = bpe.special(TokenizerFiles.START);
    int end = bpe.special(TokenizerFiles.END);
    boolean answering = false;
    int learned = 0;
    var assistant = bpe.encode("assistant");
    for (int row = 0; row < batch.rows(); row++) {
      for (int i = 0; i + 1 < batch.length(); i++) {
        int at = row * batch.length() + i;
        if (batch.ids()[at] == start) answering = batch.ids()[at + 1] == assistant[0];
        if (batch.targets()[at] == TrainingBatch.IGNORED) continue;
        learned++;
        assertThat(answering).isTrue();
        assertThat(batch.targets()[at]).isEqualTo(batch.ids()[at + 1]).isNotEqualTo(start);
        if (batch.targets()[at] == end) answering = false;
      }
    }
    assertThat(learned).isGreaterThan(batch.ids().length / 5);
  }

  @Test
  void theFirstWordsOfAnAnswerCountMost() {
    var batch = batches(true).batch(0);
    var plain = batches(false).batch(0);
    for (int i = 1; i < batch.ids().length; i++) {
      boolean first =
        batch.targets()[i] != TrainingBatch.IGNORED &&
        batch.targets()[i - 1] == TrainingBatch.IGNORED;
      if (first) assertThat(batch.weights()[i]).isEqualTo(8);
      else assertThat(batch.weights()[i]).isLessThan(8);
      assertThat(plain.weights()[i]).isEqualTo(1);
    }
  }
}
