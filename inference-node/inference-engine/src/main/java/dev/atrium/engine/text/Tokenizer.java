package dev.atrium.engine.text;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.atrium.engine.text.TokenizerJson.AddedToken;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * A model's {@code tokenizer.json}: text to ids by Hugging Face's own library, ids to bytes by a
 * table. Ids are those that the library gives for the whole text, with one exception that is the
 * point of this class: control tokens are recognised in trusted text only.
 *
 * <p>May be shared between threads. Nothing is downloaded and nothing is reported.
 */
public final class Tokenizer implements AutoCloseable {

  static final String FILE = "tokenizer.json";
  private static final byte[] NO_TEXT = {};
  private static final Map<String, String> AS_IS = Map.of(
    "addSpecialTokens",
    "false",
    "truncation",
    "false",
    "padding",
    "false",
    "modelMaxLength",
    String.valueOf(Integer.MAX_VALUE),
    "maxLength",
    String.valueOf(Integer.MAX_VALUE)
  );

  static {
    // DJL reports its use and looks for downloads unless told not to; both are read at first use.
    if (System.getProperty("OPT_OUT_TRACKING") == null) {
      System.setProperty("OPT_OUT_TRACKING", "true");
    }
    if (System.getProperty("ai.djl.offline") == null) {
      System.setProperty("ai.djl.offline", "true");
    }
  }

  private final HuggingFaceTokenizer first;
  private final HuggingFaceTokenizer later;
  private final SpecialTokens specials;
  private final Map<String, Integer> vocabulary;
  private final byte[][] bytes;
  private final Set<Integer> hidden = new HashSet<>();
  private final Set<Integer> control = new HashSet<>();
  private final int strippedSpaces;
  private final int[] prefixIds;
  private final boolean decidesPrefix;

  private Tokenizer(TokenizerJson json) throws IOException {
    vocabulary = Map.copyOf(json.vocabulary());
    specials = new SpecialTokens(json.added());
    json
      .added()
      .stream()
      .filter(AddedToken::special)
      .forEach(t -> hidden.add(t.id()));
    json
      .added()
      .stream()
      .filter(AddedToken::control)
      .forEach(t -> control.add(t.id()));
    TokenBytes rules = TokenBytes.of(json.decoder());
    bytes = new byte[vocabulary
      .values()
      .stream()
      .mapToInt(id -> id)
      .max()
      .orElse(-1) +
    1][];
    vocabulary.forEach((token, id) -> bytes[id] = rules.bytes(token));
    strippedSpaces = rules.strippedSpaces();
    prefixIds = json
      .prefixIds()
      .stream()
      .mapToInt(id -> id)
      .toArray();
    decidesPrefix = json.hasTemplateProcessor();
    first = open(json.plain(true));
    later = json.prependsOnlyFirst() ? open(json.plain(false)) : first;
  }

  /** Reads {@code tokenizer.json} of a model directory. */
  public static Tokenizer load(Path dir) {
    Path file = dir.resolve(FILE);
    if (!Files.isRegularFile(file)) {
      throw new ModelTextException(FILE, "there is no such file in " + dir);
    }
    try {
      return parse(Files.readString(file));
    } catch (IOException e) {
      throw new ModelTextException(FILE, "can't be read: " + e.getMessage(), e);
    }
  }

  /** From the text of a {@code tokenizer.json}. */
  public static Tokenizer parse(String json) {
    try {
      JsonNode tree = new ObjectMapper().readTree(json);
      return new Tokenizer(new TokenizerJson(tree));
    } catch (JsonProcessingException e) {
      throw new ModelTextException(FILE, "is not JSON: " + e.getOriginalMessage(), e);
    } catch (IOException | RuntimeException e) {
      throw new ModelTextException(FILE, "is not a usable tokenizer: " + e.getMessage(), e);
    }
  }

  /**
   * A tokenizer without a vocabulary of its own: ids 0 to 255 are the bytes of UTF-8, special
   * tokens follow in order. For tests and for models with random weights.
   */
  public static Tokenizer ofBytes(List<String> specialTokens) {
    return ofBytes(specialTokens, List.of());
  }

  /**
   * {@link #ofBytes(List)} with further tokens after the special ones, which stand for their own
   * text. A model may write them; in a text that is read they are not recognised.
   */
  public static Tokenizer ofBytes(List<String> specialTokens, List<String> written) {
    return parse(ByteVocabulary.json(specialTokens, written));
  }

  /** A tokenizer none of whose tokens has a text: for a network that is only timed. */
  public static Tokenizer ofNoText() {
    return parse(
      """
      {"added_tokens": [{"id": 0, "content": "<token>", "special": true, "normalized": false,
         "single_word": false, "lstrip": false, "rstrip": false}],
       "decoder": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false,
         "use_regex": false},
       "model": {"type": "BPE", "vocab": {"<token>": 0}, "merges": []}}
      """
    );
  }

  private static HuggingFaceTokenizer open(String json) throws IOException {
    return HuggingFaceTokenizer.newInstance(
      new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8)),
      AS_IS
    );
  }

  /**
   * Encodes one text, without anything before or after it.
   *
   * @param specials whether control tokens spelled in the text are recognised
   */
  public int[] encode(String text, boolean specials) {
    return encodeSegments(List.of(new Segment(text, specials)));
  }

  /** Encodes a rendered prompt; only trusted segments can make control tokens. */
  public int[] encodeSegments(List<Segment> segments) {
    IntStream.Builder ids = IntStream.builder();
    specials.cut(
      segments,
      new SpecialTokens.Sink() {
        @Override
        public void text(String run, boolean isFirst) {
          for (long id : (isFirst ? first : later).encode(wellFormed(run), false, false).getIds()) {
            ids.add((int) id);
          }
        }

        @Override
        public void token(int id) {
          ids.add(id);
        }
      }
    );
    return ids.build().toArray();
  }

  /** Half a surrogate pair is no text, and the native library would refuse it. */
  private static String wellFormed(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_16BE), StandardCharsets.UTF_16BE);
  }

  /** The text of a whole answer; special tokens and unknown ids have none. */
  public String decode(int[] ids) {
    Detokenizer text = new Detokenizer(this);
    StringBuilder all = new StringBuilder();
    for (int id : ids) {
      all.append(text.next(id));
    }
    return all.append(text.flush()).toString();
  }

  /** The bytes that a token stands for, special tokens included; empty for an unknown id. */
  public byte[] tokenBytes(int id) {
    return known(id) ? bytes[id].clone() : NO_TEXT;
  }

  /** The bytes of a token that is plain text; empty for control tokens and unknown ids. */
  public byte[] plainBytes(int id) {
    return control.contains(id) ? NO_TEXT : tokenBytes(id);
  }

  byte[] visibleBytes(int id) {
    return known(id) && !hidden.contains(id) ? bytes[id] : NO_TEXT;
  }

  private boolean known(int id) {
    return id >= 0 && id < bytes.length && bytes[id] != null;
  }

  int strippedSpaces() {
    return strippedSpaces;
  }

  /** One more than the highest id; a model's own vocabulary may be padded beyond it. */
  public int vocabSize() {
    return bytes.length;
  }

  /** The id of a token by its exact spelling in the vocabulary. */
  public OptionalInt id(String token) {
    Integer id = vocabulary.get(token);
    return id == null ? OptionalInt.empty() : OptionalInt.of(id);
  }

  /** Ids of the tokens marked special, which have no text. */
  public Set<Integer> specialIds() {
    return Set.copyOf(hidden);
  }

  /** What the tokenizer itself puts before a text that is not a chat, such as a start token. */
  public int[] prefixIds() {
    return prefixIds.clone();
  }

  /** Whether the tokenizer says what goes before a text (perhaps nothing). */
  boolean decidesPrefix() {
    return decidesPrefix;
  }

  @Override
  public void close() {
    first.close();
    if (later != first) {
      later.close();
    }
  }
}
