package dev.atrium.engine.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Reads the small files beside a tokenizer, with errors that name the file. */
final class ModelFiles {

  private static final String CONFIG = "tokenizer_config.json";
  private static final String TEMPLATE = "chat_template.jinja";

  /** Far above what real ones need; a wrong file must not fill the heap. */
  private static final long MAX_BYTES = 8L << 20;

  private final Path dir;

  ModelFiles(Path dir) {
    if (!Files.isDirectory(dir)) {
      throw new ModelTextException(dir.toString(), "there is no such directory");
    }
    this.dir = dir;
  }

  /** The parsed file, or a missing node where there is none. */
  JsonNode json(String name) {
    Optional<String> text = text(name);
    if (text.isEmpty()) {
      return JsonNodeFactory.instance.missingNode();
    }
    try {
      JsonNode node = new ObjectMapper().readTree(text.get());
      if (!node.isObject()) {
        throw new ModelTextException(name, "is not a JSON object");
      }
      return node;
    } catch (JsonProcessingException e) {
      throw new ModelTextException(name, "is not JSON: " + e.getOriginalMessage(), e);
    }
  }

  private Optional<String> text(String name) {
    Path file = dir.resolve(name);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new ModelTextException(name, "is larger than " + MAX_BYTES + " bytes");
      }
      return Optional.of(Files.readString(file));
    } catch (IOException e) {
      throw new ModelTextException(name, "can't be read: " + e, e);
    }
  }

  /** {@code bos_token} and its like by name: strings, or objects with a content. */
  Map<String, String> namedTokens(JsonNode config) {
    Map<String, String> named = new LinkedHashMap<>();
    config
      .properties()
      .forEach(entry -> {
        JsonNode value = entry.getValue();
        JsonNode content = value.isObject() ? value.path("content") : value;
        if (entry.getKey().endsWith("_token") && content.isTextual()) {
          named.put(entry.getKey(), content.asText());
        }
      });
    return named;
  }

  Optional<ChatTemplate> template(JsonNode config, Map<String, String> named) {
    Optional<String> file = text(TEMPLATE);
    String name = file.isPresent() ? TEMPLATE : CONFIG;
    try {
      return file
        .or(() -> inConfig(config.path("chat_template")))
        .map(source -> ChatTemplate.compile(source, named));
    } catch (TemplateException e) {
      throw new ModelTextException(name, "the chat template: " + e.getMessage(), e);
    }
  }

  private static Optional<String> inConfig(JsonNode node) {
    if (node.isMissingNode() || node.isNull()) {
      return Optional.empty();
    }
    if (node.isTextual()) {
      return Optional.of(node.asText());
    }
    for (JsonNode choice : node) {
      if (choice.path("name").asText().equals("default") && choice.path("template").isTextual()) {
        return Optional.of(choice.path("template").asText());
      }
    }
    throw new ModelTextException(CONFIG, "chat_template is neither text nor a list with a default");
  }
}
