package dev.atrium.engine.scripted;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.atrium.engine.model.ModelLoadException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Set;
import java.util.TreeSet;

/**
 * What {@code script.json} says.
 *
 * @param tokensPerSecond of each answer, however many are written at once
 * @param context most tokens of one prompt with its answer
 * @param words length of an answer, where the prompt names none
 * @param clock whether the time is written into the text now and then, see {@link ScriptedModel}
 */
record ScriptConfig(int tokensPerSecond, int context, int words, boolean clock) {
  static final String FILE = "script.json";

  private static final Set<String> FIELDS = Set.of("tokensPerSecond", "context", "words", "clock");

  static ScriptConfig read(Path dir) {
    JsonNode json = tree(dir.resolve(FILE));
    Set<String> unknown = new TreeSet<>();
    json.fieldNames().forEachRemaining(unknown::add);
    unknown.removeAll(FIELDS);
    if (!unknown.isEmpty()) {
      throw corrupt("there is no field \"" + unknown.iterator().next() + "\"");
    }
    JsonNode clock = json.path("clock");
    if (!clock.isMissingNode() && !clock.isBoolean()) {
      throw corrupt("\"clock\" must be true or false");
    }
    return new ScriptConfig(
      number(json, "tokensPerSecond", 20, 1, 1_000),
      number(json, "context", 8_192, 64, 1 << 20),
      number(json, "words", 100, 1, CountedWords.MOST),
      clock.asBoolean()
    );
  }

  private static JsonNode tree(Path file) {
    try {
      JsonNode json = new ObjectMapper().readTree(Files.readString(file));
      if (json == null || !json.isObject()) {
        throw corrupt("is not a JSON object");
      }
      return json;
    } catch (JsonProcessingException e) {
      throw corrupt("is not JSON: " + e.getOriginalMessage());
    } catch (IOException e) {
      throw ModelLoadException.missing(FILE, "can't be read: " + e.getMessage());
    }
  }

  private static int number(JsonNode json, String field, int otherwise, int least, int most) {
    JsonNode value = json.path(field);
    if (value.isMissingNode()) {
      return otherwise;
    }
    if (!value.isInt() || value.asInt() < least || value.asInt() > most) {
      throw corrupt("\"%s\" must be a number from %d to %d".formatted(field, least, most));
    }
    return value.asInt();
  }

  private static ModelLoadException corrupt(String problem) {
    return ModelLoadException.corrupt(FILE, problem);
  }

  /** The same on every node that has the same script, and on no other. */
  String hash() {
    try {
      byte[] text = ("counted words 1 " + this).getBytes(StandardCharsets.UTF_8);
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
