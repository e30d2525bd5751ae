package dev.atrium.inference.api;

import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Optional;

/**
 * Starts the generation whose prompt was prepared. A repeat of the same attempt is harmless.
 *
 * @param generationId as in the {@link PrepareRequest}
 * @param attempt as in the {@link PrepareRequest}
 * @param owner the hub that hears the events and speaks for this generation
 * @param party on whose behalf; a hub that says none has its answers written in the share of all such,
 *     and nothing of them is used again
 * @param sampling how tokens are drawn
 * @param maxNewTokens the longest answer, in tokens, those of an earlier attempt included
 * @param stop strings that end the answer and are not part of it; at most 8 of 256 characters
 * @param allowThrough the first allowance, in tokens of each whole answer; see {@link Allow}
 * @param deadlineMs how long this attempt may take from now, in milliseconds
 * @param choices the answers to be written, each with an index of its own, at least one; the prompt is
 *     computed once for all
 */
public record GenerateRequest(
  String generationId,
  int attempt,
  String owner,
  Optional<Party> party,
  Sampling sampling,
  int maxNewTokens,
  List<String> stop,
  int allowThrough,
  long deadlineMs,
  List<Choice> choices
) {
  public GenerateRequest {
    Check.id("generationId", generationId);
    Check.attempt(attempt);
    Check.id("owner", owner);
    if (sampling == null) {
      throw new BadMessageException("sampling", "is missing");
    }
    Check.within("maxNewTokens", maxNewTokens, 1, Limits.TOKENS);
    stop = Check.list("stop", stop, 0, Limits.STOPS);
    for (String string : stop) {
      if (string.isEmpty()) {
        throw new BadMessageException("stop", "holds an empty string");
      }
      Check.text("stop", string, Limits.STOP_CHARS);
    }
    choices = Check.list("choices", choices, 1, Limits.CHOICES);
    if (choices.stream().map(Choice::index).distinct().count() < choices.size()) {
      throw new BadMessageException("choices", "holds an index twice");
    }
    Check.tokens("allowThrough", allowThrough);
    Check.within("deadlineMs", deadlineMs, 1, Limits.DEADLINE_MS);
  }

  /** Of the first choice. */
  public List<Integer> continueIds() {
    return choices.getFirst().continueIds();
  }

  /** One answer. */
  public GenerateRequest(
    String generationId,
    int attempt,
    String owner,
    Optional<Party> party,
    Sampling sampling,
    int maxNewTokens,
    List<String> stop,
    List<Integer> continueIds,
    int allowThrough,
    long deadlineMs
  ) {
    this(
      generationId,
      attempt,
      owner,
      party,
      sampling,
      maxNewTokens,
      stop,
      allowThrough,
      deadlineMs,
      List.of(new Choice(0, continueIds))
    );
  }

  public JsonObject toJson() {
    JsonObject json = new JsonObject()
      .put("generationId", generationId)
      .put("attempt", attempt)
      .put("owner", owner);
    party.ifPresent(who -> json.put("party", who.toJson()));
    json
      .put("sampling", sampling.toJson())
      .put("maxNewTokens", maxNewTokens)
      .put("stop", Json.array(stop))
      .put("allowThrough", allowThrough)
      .put("deadlineMs", deadlineMs);
    // The usual single answer looks as it did before there were choices.
    return choices.size() == 1 && choices.getFirst().index() == 0
      ? json.put("continueIds", Json.array(choices.getFirst().continueIds()))
      : json.put("choices", Json.array(choices, Choice::toJson));
  }

  /** @throws BadMessageException if it breaks the contract */
  public static GenerateRequest fromJson(JsonObject json) {
    Fields fields = new Fields(json);
    return new GenerateRequest(
      fields.string("generationId"),
      fields.int32("attempt"),
      fields.string("owner"),
      fields.optionalNested("party", Party::fromJson),
      fields.nested("sampling", Sampling::fromJson),
      fields.int32("maxNewTokens"),
      fields.strings("stop", Limits.STOPS),
      fields.int32("allowThrough"),
      fields.integer("deadlineMs"),
      json.getValue("choices") == null
        ? List.of(new Choice(0, fields.ints("continueIds", Limits.TOKENS)))
        : fields.objects("choices", Limits.CHOICES, Choice::fromJson)
    );
  }
}
