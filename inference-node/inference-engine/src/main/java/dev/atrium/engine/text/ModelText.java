package dev.atrium.engine.text;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Everything about a model that is text: its tokenizer, its chat template, the tokens that end an
 * answer and its makers' sampling recommendations. May be shared between threads.
 */
public final class ModelText implements AutoCloseable {

  private final Tokenizer tokenizer;
  private final Optional<ChatTemplate> template;
  private final GenerationDefaults defaults;
  private final Set<Integer> eosIds;
  private final int[] prefixIds;

  private ModelText(
    Tokenizer tokenizer,
    Optional<ChatTemplate> template,
    GenerationDefaults defaults,
    Set<Integer> eosIds,
    int[] prefixIds
  ) {
    this.tokenizer = tokenizer;
    this.template = template;
    this.defaults = defaults;
    this.eosIds = Set.copyOf(eosIds);
    this.prefixIds = prefixIds;
  }

  /** From parts, without a model directory. */
  public static ModelText of(
    Tokenizer tokenizer,
    Optional<ChatTemplate> template,
    Set<Integer> eosIds
  ) {
    return of(tokenizer, template, GenerationDefaults.NONE, eosIds);
  }

  /** From parts, with recommendations. */
  public static ModelText of(
    Tokenizer tokenizer,
    Optional<ChatTemplate> template,
    GenerationDefaults defaults,
    Set<Integer> eosIds
  ) {
    return new ModelText(tokenizer, template, defaults, eosIds, tokenizer.prefixIds());
  }

  /**
   * Reads a Hugging Face directory. {@code tokenizer.json} must be there; {@code
   * tokenizer_config.json}, {@code chat_template.jinja} (which wins over the template in the
   * former), {@code generation_config.json} and {@code config.json} may be.
   *
   * @throws ModelTextException naming the file that is missing or wrong, a template that does not
   *     compile included
   */
  public static ModelText load(Path dir) {
    ModelFiles files = new ModelFiles(dir);
    JsonNode config = files.json("tokenizer_config.json");
    JsonNode generation = files.json("generation_config.json");
    Map<String, String> named = files.namedTokens(config);
    Optional<ChatTemplate> template = files.template(config, named);
    JsonNode modelConfig = files.json("config.json");
    Tokenizer tokenizer = Tokenizer.load(dir);
    Set<Integer> eos = new LinkedHashSet<>();
    addIds(generation.path("eos_token_id"), eos);
    addIds(modelConfig.path("eos_token_id"), eos);
    idOf(tokenizer, named.get("eos_token")).ifPresent(eos::add);
    int[] prefix = tokenizer.prefixIds();
    if (!tokenizer.decidesPrefix() && config.path("add_bos_token").asBoolean()) {
      prefix = idOf(tokenizer, named.get("bos_token")).stream().toArray();
    }
    return new ModelText(tokenizer, template, defaults(generation), eos, prefix);
  }

  private static OptionalInt idOf(Tokenizer tokenizer, String token) {
    return token == null ? OptionalInt.empty() : tokenizer.id(token);
  }

  private static void addIds(JsonNode node, Set<Integer> into) {
    if (node.canConvertToInt()) {
      into.add(node.asInt());
    }
    node.forEach(id -> addIds(id, into));
  }

  private static GenerationDefaults defaults(JsonNode node) {
    return new GenerationDefaults(
      node.path("do_sample").asBoolean(true),
      number(node, "temperature", 0, 100),
      node.hasNonNull("top_k")
        ? OptionalInt.of((int) number(node, "top_k", 0, Integer.MAX_VALUE).orElseThrow())
        : OptionalInt.empty(),
      number(node, "top_p", Double.MIN_VALUE, 1),
      number(node, "min_p", 0, 1),
      number(node, "repetition_penalty", Double.MIN_VALUE, 100)
    );
  }

  /** A recommendation that can't be followed would fail every request: it fails the loading. */
  private static OptionalDouble number(JsonNode node, String name, double min, double max) {
    JsonNode value = node.path(name);
    if (value.isMissingNode() || value.isNull()) {
      return OptionalDouble.empty();
    }
    if (!value.isNumber() || value.asDouble() < min || value.asDouble() > max) {
      throw new ModelTextException("generation_config.json", name + " can't be " + value);
    }
    return OptionalDouble.of(value.asDouble());
  }

  public Tokenizer tokenizer() {
    return tokenizer;
  }

  public Optional<ChatTemplate> template() {
    return template;
  }

  public GenerationDefaults defaults() {
    return defaults;
  }

  /** Any of these ends an answer. */
  public Set<Integer> eosIds() {
    return eosIds;
  }

  /**
   * The prompt of a chat, up to where the assistant speaks.
   *
   * @throws TemplateException if the model has no template, or its template refuses the messages
   */
  public int[] chatIds(List<ChatMessage> messages) {
    return chatIds(messages, Map.of());
  }

  /**
   * @param extra further variables of the template, such as {@code tools} or {@code
   *     enable_thinking}; their strings are untrusted
   */
  public int[] chatIds(List<ChatMessage> messages, Map<String, Object> extra) {
    return tokenizer.encodeSegments(rendered(messages, extra));
  }

  /** The prompt of a chat as {@link #chatIds} encodes it. */
  public List<Segment> rendered(List<ChatMessage> messages, Map<String, Object> extra) {
    ChatTemplate chat = template.orElseThrow(() ->
      new TemplateException(0, 0, "this model has no chat template: it completes text only")
    );
    return chat.render(messages, extra, true);
  }

  /** The prompt of a plain completion: the model's start token, if it has one, and the text. */
  public int[] completionIds(String text) {
    return IntStream.concat(
      IntStream.of(prefixIds),
      IntStream.of(tokenizer.encode(text, false))
    ).toArray();
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
