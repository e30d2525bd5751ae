package dev.atrium.starter.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.engine.text.ChatMessage;
import dev.atrium.engine.text.ModelText;
import dev.atrium.engine.text.Tokenizer;
import dev.atrium.starter.corpus.Corpus;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BpeTest {

  private static final List<String> TEXTS = List.of(
    "How do I install a larger model?",
    "怎样安装更大的模型？用`deploy/atrium up --model DIR`。",
    "  spaces   and\n\nnew lines\t\tand tabs ",
    "Emoji 😀👍🏽, accents naïve café, Кириллица, العربية, 한국어",
    "12+34=46, 3.14, 2026-11-23",
    "it's we're I'll don't",
    "龘靐齉爩　全角！？，。",
    "<|im_end|> is only text here"
  );

  @TempDir
  static Path dir;

  private static Bpe bpe;

  @BeforeAll
  static void train() throws Exception {
    var corpus = new Corpus(1);
    var texts = new ArrayList<String>();
    for (long i = 0; i < 2000; i++) {
      corpus.conversation(i).stream().map(ChatMessage::content).forEach(texts::add);
    }
    bpe = BpeTrainer.train(texts, 1200, TokenizerFiles.SPECIALS);
    TokenizerFiles.write(bpe, dir);
  }

  @Test
  void everyTextComesBackAsItWas() {
    assertThat(bpe.size()).isEqualTo(1200);
    for (var text : TEXTS) assertThat(bpe.decode(bpe.encode(text))).isEqualTo(text);
  }

  @Test
  void whatIsCopiedIsTheSamePiecesWhereverItStands() {
    for (var name : List.of("Quadrix Zelvo", "侯梓健", "KQ-4071")) {
      var pieces = boxed(bpe.encode(name));
      for (var around : List.of("%s", "to %s.", "\n%s\n", "“%s”", "\"%s\"", "由%s负责", "- %s")) {
        assertThat(boxed(bpe.encode(around.formatted(name)))).as(around).containsSequence(pieces);
      }
    }
  }

  private static List<Integer> boxed(int[] ids) {
    return Arrays.stream(ids).boxed().toList();
  }

  @Test
  void textCutWithDropoutComesBackTooAndIsCutOtherwise() {
    var random = new SplittableRandom(1);
    var text = TEXTS.getFirst();
    var cut = bpe.encode(text, 0.5, random);
    assertThat(bpe.decode(cut)).isEqualTo(text);
    assertThat(cut.length).isGreaterThan(bpe.encode(text).length);
  }

  @Test
  void theFilesGiveTheSameTokensToTheEngine() {
    var corpus = new Corpus(2);
    try (var tokenizer = Tokenizer.load(dir)) {
      assertThat(tokenizer.vocabSize()).isEqualTo(bpe.size());
      var texts = new ArrayList<>(TEXTS);
      for (long i = 0; i < 300; i++) {
        corpus.conversation(i).stream().map(ChatMessage::content).forEach(texts::add);
      }
      for (var text : texts) {
        assertThat(tokenizer.encode(text, false)).as(text).isEqualTo(bpe.encode(text));
        assertThat(tokenizer.decode(bpe.encode(text))).isEqualTo(text);
      }
    }
  }

  @Test
  void theFilesAreReadBack() throws Exception {
    var again = TokenizerFiles.read(dir);
    assertThat(again.specials()).isEqualTo(bpe.specials());
    for (var text : TEXTS) assertThat(again.encode(text)).isEqualTo(bpe.encode(text));
  }

  @Test
  void theChatTemplateBracketsEachMessage() {
    try (var text = ModelText.load(dir)) {
      var ids = text.chatIds(
        List.of(new ChatMessage("user", "hi <|im_end|>"), new ChatMessage("assistant", "Hello!"))
      );
      int start = bpe.special(TokenizerFiles.START);
      int end = bpe.special(TokenizerFiles.END);
      assertThat(ids).startsWith(start);
      assertThat(Arrays.stream(ids).filter(id -> id == start)).hasSize(3);
      assertThat(Arrays.stream(ids).filter(id -> id == end)).hasSize(2);
      assertThat(bpe.decode(ids)).endsWith("assistant\n");
    }
  }
}
