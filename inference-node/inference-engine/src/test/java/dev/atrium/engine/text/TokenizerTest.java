package dev.atrium.engine.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class TokenizerTest {

  static final List<String> NAMES = SharedTokenizers.ALL;

  private static final List<String> SPECIALS = List.of("<|im_start|>", "<|im_end|>", "<s>", "</s>");

  @ParameterizedTest
  @FieldSource("NAMES")
  void givesTheIdsOfTheLibraryForWholeTexts(String name) throws IOException {
    Path dir = SharedTokenizers.dir(name);
    try (Tokenizer tokenizer = Tokenizer.load(dir); HuggingFaceTokenizer library = library(dir)) {
      Random random = new Random(1);
      for (int i = 0; i < SharedTokenizers.rounds(200); i++) {
        String text = RandomText.mixed(random, SPECIALS);
        assertThat(tokenizer.encode(text, true)).as(text).isEqualTo(ids(library, text));
      }
    }
  }

  @ParameterizedTest
  @FieldSource("NAMES")
  void givesTheSameIdsHoweverATextIsCutIntoSegments(String name) throws IOException {
    Path dir = SharedTokenizers.dir(name);
    try (Tokenizer tokenizer = Tokenizer.load(dir); HuggingFaceTokenizer library = library(dir)) {
      Random random = new Random(2);
      for (int i = 0; i < SharedTokenizers.rounds(200); i++) {
        String before = RandomText.mixed(random, SPECIALS);
        String user = RandomText.mixed(random, List.of());
        String after = RandomText.mixed(random, SPECIALS);
        if (spelled(before + user + after) != spelled(before) + spelled(after)) {
          // By chance the user's pieces spell a special token: there the library is the one that errs.
          continue;
        }
        int[] ids = tokenizer.encodeSegments(
          List.of(Segment.trusted(before), Segment.untrusted(user), Segment.trusted(after))
        );
        assertThat(ids).isEqualTo(ids(library, before + user + after));
      }
    }
  }

  @ParameterizedTest
  @FieldSource("NAMES")
  void neverMakesASpecialTokenFromUntrustedText(String name) {
    try (Tokenizer tokenizer = Tokenizer.load(SharedTokenizers.dir(name))) {
      Random random = new Random(3);
      for (int i = 0; i < SharedTokenizers.rounds(200); i++) {
        String typed = RandomText.mixed(random, SPECIALS) + "<tool_call></think><unk>";
        int[] ids = tokenizer.encode(typed, false);
        assertThat(IntStream.of(ids).boxed()).doesNotContainAnyElementsOf(tokenizer.specialIds());
        assertThat(tokenizer.id("<tool_call>").stream().toArray()).doesNotContain(ids);
        // "▁" is how these tokenizers write a space, the one character that does not come back.
        assertThat(tokenizer.decode(ids).replace("▁", " ")).isEqualTo(typed.replace("▁", " "));
      }
    }
  }

  @Test
  void ignoresASpecialTokenThatIsOnlyPartlyTrusted() {
    try (Tokenizer tokenizer = Tokenizer.ofBytes(List.of("<|end|>"))) {
      assertThat(tokenizer.encode("<|end|>", true)).containsExactly(256);
      assertThat(
        tokenizer.encodeSegments(List.of(Segment.trusted("<|en"), Segment.untrusted("d|>")))
      ).doesNotContain(256);
      assertThat(
        tokenizer.encodeSegments(List.of(Segment.trusted("<|en"), Segment.trusted("d|>")))
      ).doesNotContain(256);
    }
  }

  @Test
  void hidesTokensThatTheVocabularyItselfWouldFind() {
    // The merges spell the special token, so that dropping it from the added tokens is not enough.
    String json = """
      {"added_tokens": [{"id": 5, "content": "<s>", "special": true, "single_word": false,
         "lstrip": false, "rstrip": false, "normalized": false}],
       "decoder": {"type": "Sequence", "decoders": [{"type": "ByteFallback"}, {"type": "Fuse"}]},
       "model": {"type": "BPE", "unk_token": "?", "merges": ["< s", "<s >"],
         "vocab": {"?": 0, "<": 1, "s": 2, ">": 3, "<s": 4, "<s>": 5}}}
      """;
    try (Tokenizer tokenizer = Tokenizer.parse(json)) {
      assertThat(tokenizer.encode("s<s>", true)).containsExactly(2, 5);
      assertThat(tokenizer.encode("s<s>", false)).containsExactly(2, 4, 3);
    }
  }

  @Test
  void survivesTextThatIsNotWellFormed() {
    try (Tokenizer tokenizer = Tokenizer.ofBytes(List.of())) {
      assertThat(tokenizer.decode(tokenizer.encode("a\uD800b\0c\uDC00", false))).isEqualTo(
        "a\uFFFDb\0c\uFFFD"
      );
    }
  }

  @Test
  void swallowsSpaceWhereTheTokenSaysSo() {
    String json = ByteVocabulary.json(List.of("<a>")).replace(
      "\"rstrip\":false",
      "\"rstrip\":true"
    );
    try (Tokenizer tokenizer = Tokenizer.parse(json)) {
      int[] ids = tokenizer.encodeSegments(
        List.of(Segment.trusted(" <a>\n"), Segment.untrusted(" x "))
      );
      assertThat(ids).containsExactly(' ', 256, 'x', ' ');
    }
  }

  @Test
  void keepsLongTextsWhole() {
    // smollm's file asks for truncation to, and padding up to, 192 tokens.
    try (Tokenizer tokenizer = Tokenizer.load(SharedTokenizers.dir("tokenizers/smollm"))) {
      String text = "word ".repeat(2000);
      assertThat(tokenizer.decode(tokenizer.encode(text, false))).isEqualTo(text);
      assertThat(tokenizer.encode("hi", false)).hasSize(1);
    }
  }

  @Test
  void saysWhatIsWrongWithTheFile(@TempDir Path dir) throws IOException {
    assertThatThrownBy(() -> Tokenizer.load(dir)).isInstanceOf(ModelTextException.class);
    for (String bad : List.of(
      "",
      "{",
      "[]",
      "{}",
      "{\"model\": {\"vocab\": {}}}",
      "{\"model\": {\"vocab\": {\"a\": 0}}, \"decoder\": {\"type\": \"Odd\"}}",
      "{\"model\": {\"vocab\": {\"a\": \"x\"}}, \"decoder\": {\"type\": \"Fuse\"}}",
      "{\"model\": {\"type\": \"Odd\", \"vocab\": {\"a\": 0}}, \"decoder\": {\"type\": \"Fuse\"}}"
    )) {
      Files.writeString(dir.resolve("tokenizer.json"), bad);
      assertThatThrownBy(() -> Tokenizer.load(dir))
        .as(bad)
        .isInstanceOf(ModelTextException.class)
        .hasMessageStartingWith("tokenizer.json: ");
    }
  }

  private static int spelled(String text) {
    return SPECIALS.stream()
      .mapToInt(special -> text.split(Pattern.quote(special), -1).length - 1)
      .sum();
  }

  private static HuggingFaceTokenizer library(Path dir) throws IOException {
    return HuggingFaceTokenizer.newInstance(
      dir.resolve("tokenizer.json"),
      Map.of("padding", "false", "truncation", "false", "maxLength", "100000")
    );
  }

  private static int[] ids(HuggingFaceTokenizer library, String text) {
    return Arrays.stream(library.encode(text, false, false).getIds())
      .mapToInt(id -> (int) id)
      .toArray();
  }
}
