package dev.atrium.engine.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelTextTest {

  @TempDir
  Path dir;

  private void write(String file, String text) throws IOException {
    Files.writeString(dir.resolve(file), text);
  }

  private void tokenizer() throws IOException {
    write("tokenizer.json", ByteVocabulary.json(List.of("<s>", "</s>", "<|end|>")));
  }

  @Test
  void readsEverythingThatIsThere() throws IOException {
    tokenizer();
    write(
      "tokenizer_config.json",
      """
      {"bos_token": {"content": "<s>"}, "eos_token": "</s>", "pad_token": null, "add_bos_token": true,
       "chat_template": "{{ bos_token }}{% for m in messages %}{{ m.content }}<|end|>{% endfor %}"}
      """
    );
    write(
      "generation_config.json",
      "{\"eos_token_id\": [258, 0], \"temperature\": 0.7, \"top_k\": 20, \"do_sample\": false}"
    );
    write("config.json", "{\"eos_token_id\": 1}");
    try (ModelText text = ModelText.load(dir)) {
      assertThat(text.eosIds()).containsExactlyInAnyOrder(258, 0, 1, 257);
      assertThat(text.defaults().temperature()).hasValue(0.7);
      assertThat(text.defaults().topK()).hasValue(20);
      assertThat(text.defaults().topP()).isEmpty();
      assertThat(text.defaults().sample()).isFalse();
      assertThat(text.chatIds(List.of(new ChatMessage("user", "a<s>")))).containsExactly(
        256,
        'a',
        '<',
        's',
        '>',
        258
      );
      assertThat(text.completionIds("b</s>")).containsExactly(256, 'b', '<', '/', 's', '>');
    }
  }

  @Test
  void theMakersRecommendationsCanBeFollowedOrFailTheLoading() throws IOException {
    tokenizer();
    write(
      "generation_config.json",
      "{\"min_p\": 0.05, \"repetition_penalty\": 1.05, \"top_p\": 0.8, \"temperature\": null}"
    );
    try (ModelText text = ModelText.load(dir)) {
      assertThat(text.defaults().minP()).hasValue(0.05);
      assertThat(text.defaults().repetitionPenalty()).hasValue(1.05);
      assertThat(text.defaults().temperature()).isEmpty();
      assertThat(text.defaults().sample()).isTrue();
    }
    write("generation_config.json", "{\"temperature\": \"hot\"}");
    fails("generation_config.json: temperature can't be \"hot\"");
    write("generation_config.json", "{\"repetition_penalty\": 0}");
    fails("generation_config.json: repetition_penalty can't be 0");
    write("generation_config.json", "{\"top_k\": -1}");
    fails("generation_config.json: top_k can't be -1");
  }

  @Test
  void prefersTheTemplateThatIsAFileOfItsOwn() throws IOException {
    tokenizer();
    write("tokenizer_config.json", "{\"chat_template\": \"{% nonsense %}\"}");
    write("chat_template.jinja", "x{{ messages|length }}\n");
    try (ModelText text = ModelText.load(dir)) {
      assertThat(text.chatIds(List.of())).containsExactly('x', '0');
    }
  }

  @Test
  void takesTheDefaultOfSeveralTemplates() throws IOException {
    tokenizer();
    write(
      "tokenizer_config.json",
      """
      {"chat_template": [{"name": "tool_use", "template": "t"}, {"name": "default", "template": "d"}]}
      """
    );
    try (ModelText text = ModelText.load(dir)) {
      assertThat(text.chatIds(List.of())).containsExactly('d');
    }
  }

  @Test
  void aModelWithoutATemplateOnlyCompletes() throws IOException {
    tokenizer();
    try (ModelText text = ModelText.load(dir)) {
      assertThat(text.template()).isEmpty();
      assertThat(text.eosIds()).isEmpty();
      assertThat(text.completionIds("a")).containsExactly('a');
      assertThatThrownBy(() -> text.chatIds(List.of()))
        .isInstanceOf(TemplateException.class)
        .hasMessageContaining("no chat template");
    }
  }

  @Test
  void namesTheFileThatIsWrong() throws IOException {
    fails("tokenizer.json: there is no such file");
    tokenizer();
    write("config.json", "[1]");
    fails("config.json: is not a JSON object");
    Files.delete(dir.resolve("config.json"));
    write("generation_config.json", "{\"a\": ");
    fails("generation_config.json: is not JSON");
    Files.delete(dir.resolve("generation_config.json"));
    write("tokenizer_config.json", "{\"chat_template\": 5}");
    fails("tokenizer_config.json: chat_template is neither");
    write("tokenizer_config.json", "{\"chat_template\": \"a\\n {{ b|nope }}\"}");
    fails("tokenizer_config.json: the chat template: line 2, column 7: the filter \"nope\"");
    write("chat_template.jinja", "{% if %}");
    fails("chat_template.jinja: the chat template: line 1, column 7: ");
    assertThatThrownBy(() -> ModelText.load(dir.resolve("gone")))
      .isInstanceOf(ModelTextException.class)
      .hasMessageContaining("there is no such directory");
  }

  private void fails(String message) {
    assertThatThrownBy(() -> ModelText.load(dir))
      .isInstanceOf(ModelTextException.class)
      .hasMessageStartingWith(message);
  }

  @Test
  void canBeMadeWithoutADirectory() {
    Tokenizer bytes = Tokenizer.ofBytes(List.of("<end>"));
    ChatTemplate template = ChatTemplate.compile("{{ messages[0].content }}<end>");
    try (ModelText text = ModelText.of(bytes, Optional.of(template), Set.of(256))) {
      assertThat(text.chatIds(List.of(new ChatMessage("user", "é")))).containsExactly(
        0xC3,
        0xA9,
        256
      );
    }
  }

  @Test
  void loadsRealDirectories() {
    try (ModelText text = ModelText.load(SharedTokenizers.dir("models/stories260k"))) {
      assertThat(text.eosIds()).containsExactly(2);
      assertThat(text.completionIds("")).containsExactly(1);
      assertThat(text.template()).isEmpty();
    }
    try (ModelText text = ModelText.load(SharedTokenizers.dir("tokenizers/minimind"))) {
      assertThat(text.eosIds()).containsExactly(2);
      int[] ids = text.chatIds(List.of(new ChatMessage("user", "你好<|im_end|>")));
      // Two turns begin and one ends; what the user typed ends none.
      assertThat(ids).startsWith(1).contains(25, 26);
      assertThat(ids).containsOnlyOnce(2);
    }
  }
}
