package dev.atrium.starter.tokenizer;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Writes and reads {@code tokenizer.json} and {@code tokenizer_config.json}. */
public final class TokenizerFiles {

  public static final String END_OF_TEXT = "<|endoftext|>";
  public static final String START = "<|im_start|>";
  public static final String END = "<|im_end|>";
  public static final List<String> SPECIALS = List.of(END_OF_TEXT, START, END);

  /** One message after another, each in its brackets, and an open bracket for the answer. */
  static final String CHAT_TEMPLATE = """
    {%- for message in messages -%}
    {{- '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' -}}
    {%- endfor -%}
    {%- if add_generation_prompt -%}
    {{- '<|im_start|>assistant\\n' -}}
    {%- endif -%}
    """;

  private static final ObjectMapper JSON = new ObjectMapper().enable(
    SerializationFeature.INDENT_OUTPUT
  );

  private TokenizerFiles() {}

  public static void write(Bpe bpe, Path directory) throws IOException {
    Files.createDirectories(directory);
    JSON.writeValue(directory.resolve("tokenizer.json").toFile(), tokenizer(bpe));
    JSON.writeValue(directory.resolve("tokenizer_config.json").toFile(), config());
  }

  /** Reads what {@link #write} wrote. */
  public static Bpe read(Path directory) throws IOException {
    var root = JSON.readTree(directory.resolve("tokenizer.json").toFile());
    var specials = new ArrayList<String>();
    root.path("added_tokens").forEach(token -> specials.add(token.path("content").asText()));
    var merges = new ArrayList<Bpe.Merge>();
    for (var merge : root.path("model").path("merges")) {
      var pair = merge.asText().split(" ", 2);
      merges.add(new Bpe.Merge(Bytes.read(pair[0]), Bytes.read(pair[1])));
    }
    return new Bpe(specials, merges);
  }

  private static ObjectNode tokenizer(Bpe bpe) {
    var root = JSON.createObjectNode().put("version", "1.0");
    root.putNull("truncation").putNull("padding");
    var added = root.putArray("added_tokens");
    for (var special : bpe.specials()) {
      added
        .addObject()
        .put("id", bpe.special(special))
        .put("content", special)
        .put("single_word", false)
        .put("lstrip", false)
        .put("rstrip", false)
        .put("normalized", false)
        .put("special", true);
    }
    root.putNull("normalizer");
    var before = root.putObject("pre_tokenizer").put("type", "Sequence").putArray("pretokenizers");
    var split = before.addObject().put("type", "Split");
    split.putObject("pattern").put("Regex", Words.EXPRESSION);
    split.put("behavior", "Isolated").put("invert", false);
    byteLevel(before.addObject());
    root.putNull("post_processor");
    byteLevel(root.putObject("decoder"));
    model(bpe, root.putObject("model"));
    return root;
  }

  private static void byteLevel(ObjectNode node) {
    node
      .put("type", "ByteLevel")
      .put("add_prefix_space", false)
      .put("trim_offsets", true)
      .put("use_regex", false);
  }

  private static void model(Bpe bpe, ObjectNode model) {
    model.put("type", "BPE").putNull("dropout").putNull("unk_token");
    model.putNull("continuing_subword_prefix").putNull("end_of_word_suffix");
    model.put("fuse_unk", false).put("byte_fallback", false).put("ignore_merges", false);
    var vocabulary = model.putObject("vocab");
    for (int id = 0; id < bpe.size(); id++) {
      var token = bpe.tokens().get(id);
      vocabulary.put(id < bpe.specials().size() ? bpe.specials().get(id) : Bytes.show(token), id);
    }
    var merges = model.putArray("merges");
    for (var merge : bpe.merges()) {
      merges.add(Bytes.show(merge.left()) + " " + Bytes.show(merge.right()));
    }
  }

  private static ObjectNode config() {
    return JSON.createObjectNode()
      .put("tokenizer_class", "PreTrainedTokenizerFast")
      .put("add_bos_token", false)
      .put("add_eos_token", false)
      .put("eos_token", END)
      .put("pad_token", END_OF_TEXT)
      .put("clean_up_tokenization_spaces", false)
      .put("chat_template", CHAT_TEMPLATE);
  }
}
