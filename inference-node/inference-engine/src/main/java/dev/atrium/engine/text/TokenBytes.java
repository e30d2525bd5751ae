package dev.atrium.engine.text;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The bytes that each token stands for, worked out once from the tokenizer's decoder. A text is the
 * bytes of its tokens one after another, so that streaming costs nothing per token and no native
 * call, and a character cut between tokens is seen as what it is.
 *
 * <p>Knows byte-level decoders (GPT-2's printable alphabet) and SentencePiece ones ("▁" for a
 * space, {@code <0x0A>} for a byte); anything else is refused when the tokenizer is loaded.
 */
final class TokenBytes {

  private static final Map<Integer, Integer> BYTE_OF_CHAR = byteAlphabet();

  private final List<Map.Entry<String, String>> replacements = new ArrayList<>();
  private boolean byteLevel;
  private boolean byteFallback;
  private int strippedSpaces;

  private TokenBytes() {}

  static TokenBytes of(JsonNode decoder) {
    TokenBytes rules = new TokenBytes();
    rules.read(decoder);
    return rules;
  }

  /** The byte that each printable stand-in character means. */
  static Map<Integer, Integer> alphabet() {
    return BYTE_OF_CHAR;
  }

  /** Spaces that the decoder takes off the very start of a text. */
  int strippedSpaces() {
    return strippedSpaces;
  }

  byte[] bytes(String token) {
    if (byteLevel) {
      return fromAlphabet(token);
    }
    if (byteFallback && token.length() == 6 && token.startsWith("<0x") && token.endsWith(">")) {
      try {
        return new byte[] { (byte) Integer.parseInt(token, 3, 5, 16) };
      } catch (NumberFormatException _) {
        // an ordinary token that only looks like a byte
      }
    }
    String text = token;
    for (var replacement : replacements) {
      text = text.replace(replacement.getKey(), replacement.getValue());
    }
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private void read(JsonNode decoder) {
    switch (decoder.path("type").asText("")) {
      case "ByteLevel" -> byteLevel = true;
      case "ByteFallback" -> byteFallback = true;
      case "Sequence" -> decoder.path("decoders").forEach(this::read);
      case "Replace" -> {
        String pattern = decoder.path("pattern").path("String").asText("");
        if (pattern.isEmpty()) {
          throw new IllegalArgumentException("a Replace decoder without a plain string pattern");
        }
        replacements.add(Map.entry(pattern, decoder.path("content").asText("")));
      }
      case "Metaspace" -> {
        replacements.add(Map.entry(decoder.path("replacement").asText("▁"), " "));
        boolean never = decoder.path("prepend_scheme").asText("").equals("never");
        boolean adds = decoder.path("add_prefix_space").asBoolean(true);
        strippedSpaces = never || !adds ? 0 : 1;
      }
      case "Strip" -> {
        if (!decoder.path("content").asText().equals(" ") || decoder.path("stop").asInt() != 0) {
          throw new IllegalArgumentException(
            "a Strip decoder that strips more than leading spaces"
          );
        }
        strippedSpaces = decoder.path("start").asInt();
      }
      case "Fuse" -> {}
      case "" -> throw new IllegalArgumentException("no decoder");
      default -> throw new IllegalArgumentException(
        "the decoder \"" + decoder.path("type").asText() + "\" is not known"
      );
    }
  }

  private static byte[] fromAlphabet(String token) {
    int[] chars = token.codePoints().toArray();
    byte[] bytes = new byte[chars.length];
    for (int i = 0; i < chars.length; i++) {
      Integer value = BYTE_OF_CHAR.get(chars[i]);
      if (value == null) {
        // An added token written in plain text (with a space, say) stands for itself.
        return token.getBytes(StandardCharsets.UTF_8);
      }
      bytes[i] = value.byteValue();
    }
    return bytes;
  }

  /** GPT-2's alphabet: printable Latin-1 stands for itself, the other bytes follow from U+0100. */
  private static Map<Integer, Integer> byteAlphabet() {
    Map<Integer, Integer> alphabet = new HashMap<>();
    int next = 256;
    for (int b = 0; b < 256; b++) {
      boolean printable =
        (b >= '!' && b <= '~') || (b >= 0xA1 && b <= 0xAC) || (b >= 0xAE && b <= 0xFF);
      alphabet.put(printable ? b : next++, b);
    }
    return alphabet;
  }
}
