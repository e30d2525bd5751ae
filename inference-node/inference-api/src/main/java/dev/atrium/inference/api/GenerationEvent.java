package dev.atrium.inference.api;

import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What a node tells the owner about an attempt. Events are numbered from 1 without a gap, and exactly
 * one of them is the last: {@link Finished} or {@link Failed}. The bus may lose any of them; a gap is
 * repaired by {@link Replay}, never spliced over.
 */
public sealed interface GenerationEvent {
  /** Why an answer ended. */
  enum Reason {
    /** The model ended it, or a stop string did. */
    STOP,
    /** The longest answer was reached. */
    LENGTH,
    /** The owner cancelled it. */
    CANCELLED,
    /** The attempt's deadline passed. */
    DEADLINE;

    private String code() {
      return name().toLowerCase(Locale.ROOT);
    }

    private static Reason of(String code) {
      for (Reason reason : values()) {
        if (reason.code().equals(code)) {
          return reason;
        }
      }
      throw new BadMessageException("reason", "is not known");
    }
  }

  /**
   * The attempt waits its turn.
   *
   * @param position how many are before it, and itself: 1 is next
   * @param waitMs a guess at the wait, in milliseconds
   */
  record Queued(String generationId, int attempt, long seq, int position, long waitMs) implements
    GenerationEvent {
    public Queued {
      head(generationId, attempt, seq);
      Check.within("position", position, 0, 1_000_000);
      Check.within("waitMs", waitMs, 0, Limits.DEADLINE_MS);
    }

    @Override
    public JsonObject toJson() {
      return json(this, "queued").put("position", position).put("waitMs", waitMs);
    }
  }

  /**
   * The prompt is being computed.
   *
   * @param promptTokens tokens of the prompt
   * @param cachedTokens those of them that were already computed
   */
  record Started(
    String generationId,
    int attempt,
    long seq,
    int promptTokens,
    int cachedTokens
  ) implements GenerationEvent {
    public Started {
      head(generationId, attempt, seq);
      Check.tokens("promptTokens", promptTokens);
      Check.tokens("cachedTokens", cachedTokens);
    }

    @Override
    public JsonObject toJson() {
      return json(this, "started")
        .put("promptTokens", promptTokens)
        .put("cachedTokens", cachedTokens);
    }
  }

  /**
   * More of an answer.
   *
   * @param choice which of several answers
   * @param text whole characters only; may be empty when ids brought no text yet
   * @param tokenIds the ids whose text is now out, in order; what another node needs to continue
   * @param logprobs of each of them, if they were asked for, else empty
   * @param parts what the text is, if that was asked for and it is more than answer: what is held back
   *     until it is certain comes with a later delta, so the list may be empty
   */
  record Delta(
    String generationId,
    int attempt,
    long seq,
    int choice,
    String text,
    List<Integer> tokenIds,
    List<TokenLogprob> logprobs,
    Optional<List<AnswerPart>> parts
  ) implements GenerationEvent {
    public Delta {
      head(generationId, attempt, seq);
      Check.within("choice", choice, 0, Limits.CHOICES - 1);
      Check.text("text", text, Limits.DELTA_CHARS);
      tokenIds = Check.tokenIds("tokenIds", tokenIds);
      logprobs = Check.list("logprobs", logprobs, 0, tokenIds.size());
      parts = parts.map(list -> Check.list("parts", list, 0, Limits.PARTS));
    }

    /** Of the only answer, without log-probabilities and parts. */
    public Delta(String generationId, int attempt, long seq, String text, List<Integer> tokenIds) {
      this(generationId, attempt, seq, 0, text, tokenIds, List.of(), Optional.empty());
    }

    @Override
    public JsonObject toJson() {
      JsonObject json = json(this, "delta").put("text", text).put("tokenIds", tokenIds);
      if (choice > 0) {
        json.put("choice", choice);
      }
      if (!logprobs.isEmpty()) {
        json.put("logprobs", Json.array(logprobs, TokenLogprob::toJson));
      }
      parts.ifPresent(list -> json.put("parts", Json.array(list, AnswerPart::toJson)));
      return json;
    }
  }

  /** The end of one of several answers; the attempt ends with the last of them. */
  record ChoiceFinished(
    String generationId,
    int attempt,
    long seq,
    int choice,
    Reason reason,
    Usage usage
  ) implements GenerationEvent {
    public ChoiceFinished {
      head(generationId, attempt, seq);
      Check.within("choice", choice, 0, Limits.CHOICES - 1);
    }

    @Override
    public JsonObject toJson() {
      return json(this, "choice-finished")
        .put("choice", choice)
        .put("reason", reason.code())
        .put("usage", usage.toJson());
    }
  }

  /**
   * The end of an attempt: of its answer, or of the last of several.
   *
   * @param usage of all answers together; the prompt counts once
   */
  record Finished(String generationId, int attempt, long seq, Reason reason, Usage usage) implements
    GenerationEvent {
    public Finished {
      head(generationId, attempt, seq);
    }

    @Override
    public JsonObject toJson() {
      return json(this, "finished").put("reason", reason.code()).put("usage", usage.toJson());
    }
  }

  /** The end of an attempt that could not go on; another attempt may continue it. */
  record Failed(String generationId, int attempt, long seq, InferenceError error) implements
    GenerationEvent {
    public Failed {
      head(generationId, attempt, seq);
    }

    @Override
    public JsonObject toJson() {
      return json(this, "failed").mergeIn(error.toJson());
    }
  }

  String generationId();

  int attempt();

  /** From 1, without a gap within an attempt. */
  long seq();

  JsonObject toJson();

  /** Whether nothing comes after this one. */
  default boolean last() {
    return this instanceof Finished || this instanceof Failed;
  }

  /** @throws BadMessageException if it breaks the contract or is of an unknown type */
  static GenerationEvent fromJson(JsonObject json) {
    Fields fields = new Fields(json);
    String id = fields.string("generationId");
    int attempt = fields.int32("attempt");
    long seq = fields.integer("seq");
    return switch (fields.string("type")) {
      case "queued" -> new Queued(
        id,
        attempt,
        seq,
        fields.int32("position"),
        fields.integer("waitMs")
      );
      case "started" -> new Started(
        id,
        attempt,
        seq,
        fields.int32("promptTokens"),
        fields.int32("cachedTokens")
      );
      case "delta" -> new Delta(
        id,
        attempt,
        seq,
        fields.optionalInt("choice").orElse(0),
        fields.string("text"),
        fields.ints("tokenIds", Limits.TOKENS),
        fields.optionalObjects("logprobs", Limits.TOKENS, TokenLogprob::fromJson),
        json.getValue("parts") == null
          ? Optional.empty()
          : Optional.of(fields.objects("parts", Limits.PARTS, AnswerPart::fromJson))
      );
      case "choice-finished" -> new ChoiceFinished(
        id,
        attempt,
        seq,
        fields.int32("choice"),
        Reason.of(fields.string("reason")),
        fields.nested("usage", Usage::fromJson)
      );
      case "finished" -> new Finished(
        id,
        attempt,
        seq,
        Reason.of(fields.string("reason")),
        fields.nested("usage", Usage::fromJson)
      );
      case "failed" -> new Failed(id, attempt, seq, InferenceError.fromJson(json));
      default -> throw new BadMessageException("type", "is not known");
    };
  }

  private static void head(String generationId, int attempt, long seq) {
    Check.id("generationId", generationId);
    Check.attempt(attempt);
    Check.seq("seq", seq);
  }

  private static JsonObject json(GenerationEvent event, String type) {
    return new JsonObject()
      .put("generationId", event.generationId())
      .put("attempt", event.attempt())
      .put("seq", event.seq())
      .put("type", type);
  }
}
