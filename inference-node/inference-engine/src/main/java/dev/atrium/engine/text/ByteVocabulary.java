package dev.atrium.engine.text;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** Writes the {@code tokenizer.json} of a byte-level tokenizer that has no merges. */
final class ByteVocabulary {

  private ByteVocabulary() {}

  static String json(List<String> specialTokens) {
    return json(specialTokens, List.of());
  }

  /**
   * @param written further tokens, of characters from {@code !} to {@code ~}
   */
  static String json(List<String> specialTokens, List<String> written) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("version", "1.0");
    ArrayNode added = root.putArray("added_tokens");
    for (int i = 0; i < specialTokens.size(); i++) {
      ObjectNode token = added.addObject();
      token.put("id", 256 + i).put("content", specialTokens.get(i)).put("special", true);
      for (String flag : List.of("single_word", "lstrip", "rstrip", "normalized")) {
        token.put(flag, false);
      }
    }
    byteLevel(root.putObject("pre_tokenizer"));
    byteLevel(root.putObject("decoder"));
    ObjectNode model = root.putObject("model").put("type", "BPE");
    ObjectNode vocab = model.putObject("vocab");
    TokenBytes.alphabet().forEach((letter, value) -> vocab.put(Character.toString(letter), value));
    // Without a merge that leads to them, these are never found in a text.
    for (int i = 0; i < written.size(); i++) {
      vocab.put(written.get(i), 256 + specialTokens.size() + i);
    }
    model.putArray("merges");
    return root.toString();
  }

  private static void byteLevel(ObjectNode node) {
    node.put("type", "ByteLevel").put("add_prefix_space", false);
    node.put("trim_offsets", false).put("use_regex", false);
  }
}
