package dev.atrium.engine.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * What a {@code tokenizer.json} says, and the variants of it that Atrium tokenizes with.
 *
 * <p>The plain variant is the same tokenizer, except that every control token (special, or looking
 * like markup) has a name that nobody can type, in the added tokens and in the vocabulary alike. So
 * ids stay what they are and no text can become a control token. Truncation, padding and the
 * post-processor go, because they would change what was asked for.
 */
final class TokenizerJson {

  /**
   * A token outside of the model's own vocabulary rules.
   *
   * @param special hidden when decoding
   * @param control never made from untrusted text
   */
  record AddedToken(
    int id,
    String content,
    boolean special,
    boolean control,
    boolean lstrip,
    boolean rstrip,
    boolean singleWord
  ) {}

  private final ObjectNode root;
  private final List<AddedToken> added = new ArrayList<>();
  private final Map<String, Integer> vocabulary = new HashMap<>();

  TokenizerJson(JsonNode tree) {
    if (!(tree instanceof ObjectNode object) || !(tree.path("model") instanceof ObjectNode model)) {
      throw new IllegalArgumentException("not a tokenizer: there is no \"model\" object");
    }
    root = object;
    readVocabulary(model.path("vocab"));
    for (JsonNode token : root.path("added_tokens")) {
      added.add(readAdded(token));
    }
    added.forEach(t -> vocabulary.put(t.content(), t.id()));
  }

  private void readVocabulary(JsonNode vocab) {
    if (vocab.isObject()) {
      vocab.properties().forEach(e -> vocabulary.put(e.getKey(), e.getValue().asInt(-1)));
    } else {
      int id = 0;
      for (JsonNode entry : vocab) {
        vocabulary.put(entry.path(0).asText(), id++);
      }
    }
    if (vocabulary.isEmpty()) {
      throw new IllegalArgumentException("the vocabulary is empty");
    }
    if (
      vocabulary
        .values()
        .stream()
        .anyMatch(id -> id < 0)
    ) {
      throw new IllegalArgumentException("the vocabulary has an entry without a valid id");
    }
  }

  private static AddedToken readAdded(JsonNode token) {
    String content = token.path("content").asText("");
    int id = token.path("id").asInt(-1);
    if (content.isEmpty() || id < 0) {
      throw new IllegalArgumentException("an added token has no id or no content");
    }
    boolean special = token.path("special").asBoolean();
    return new AddedToken(
      id,
      content,
      special,
      special || looksLikeMarkup(content),
      token.path("lstrip").asBoolean(),
      token.path("rstrip").asBoolean(),
      token.path("single_word").asBoolean()
    );
  }

  /** {@code <tool_call>} or {@code [INST]} steer a model even where they are not marked special. */
  private static boolean looksLikeMarkup(String content) {
    return content.chars().anyMatch(c -> "<>[]{}|\uFF5C".indexOf(c) >= 0);
  }

  List<AddedToken> added() {
    return added;
  }

  /** Token by text; added tokens included. */
  Map<String, Integer> vocabulary() {
    return vocabulary;
  }

  JsonNode decoder() {
    return root.path("decoder");
  }

  /** Ids that the tokenizer itself puts before a text, such as the beginning-of-sequence token. */
  List<Integer> prefixIds() {
    List<Integer> ids = new ArrayList<>();
    JsonNode template = templateProcessor(root.path("post_processor"));
    for (JsonNode part : template.path("single")) {
      if (part.has("Sequence")) {
        break;
      }
      String name = part.path("SpecialToken").path("id").asText();
      template
        .path("special_tokens")
        .path(name)
        .path("ids")
        .forEach(id -> ids.add(id.asInt()));
    }
    return ids;
  }

  boolean hasTemplateProcessor() {
    return !templateProcessor(root.path("post_processor")).isMissingNode();
  }

  private static JsonNode templateProcessor(JsonNode processor) {
    if (processor.path("type").asText().equals("TemplateProcessing")) {
      return processor;
    }
    for (JsonNode inner : processor.path("processors")) {
      JsonNode found = templateProcessor(inner);
      if (!found.isMissingNode()) {
        return found;
      }
    }
    return JsonNodeFactory.instance.missingNode();
  }

  /** Whether text after a special token must not get the space that the first text gets. */
  boolean prependsOnlyFirst() {
    return root.path("pre_tokenizer").findValuesAsText("prepend_scheme").contains("first");
  }

  /** The variant for text: control tokens unreachable; with {@code first}, at the prompt's start. */
  String plain(boolean first) {
    ObjectNode copy = root.deepCopy();
    copy.putNull("truncation");
    copy.putNull("padding");
    copy.putNull("post_processor");
    Map<String, String> names = new HashMap<>();
    String secret = UUID.randomUUID().toString();
    added
      .stream()
      .filter(AddedToken::control)
      .forEach(t -> names.put(t.content(), secret + t.id()));
    copy.path("added_tokens").forEach(token -> rename(token, "content", names));
    ObjectNode model = (ObjectNode) copy.path("model");
    rename(model, "unk_token", names);
    hideInVocabulary(model, names);
    if (model.path("merges") instanceof ArrayNode merges) {
      ArrayNode kept = model.putArray("merges");
      merges.forEach(merge -> {
        if (!touches(merge, names)) {
          kept.add(merge);
        }
      });
    }
    if (!first) {
      copy
        .path("pre_tokenizer")
        .findParents("prepend_scheme")
        .forEach(node -> ((ObjectNode) node).put("prepend_scheme", "never"));
    }
    return copy.toString();
  }

  private static void rename(JsonNode node, String field, Map<String, String> names) {
    String hidden = names.get(node.path(field).asText());
    if (hidden != null && node.path(field).isTextual()) {
      ((ObjectNode) node).put(field, hidden);
    }
  }

  private static void hideInVocabulary(ObjectNode model, Map<String, String> names) {
    JsonNode vocab = model.path("vocab");
    if (vocab.isObject()) {
      ObjectNode renamed = model.putObject("vocab");
      vocab
        .properties()
        .forEach(e -> renamed.set(names.getOrDefault(e.getKey(), e.getKey()), e.getValue()));
    } else {
      for (JsonNode entry : vocab) {
        String hidden = names.get(entry.path(0).asText());
        if (hidden != null) {
          ((ArrayNode) entry).set(0, hidden);
        }
      }
    }
  }

  private static boolean touches(JsonNode merge, Map<String, String> names) {
    String left = merge.path(0).asText();
    String right = merge.path(1).asText();
    if (merge.isTextual()) {
      int space = merge.asText().indexOf(' ');
      left = merge.asText().substring(0, Math.max(space, 0));
      right = merge.asText().substring(space + 1);
    }
    return names.containsKey(left) || names.containsKey(right) || names.containsKey(left + right);
  }
}
