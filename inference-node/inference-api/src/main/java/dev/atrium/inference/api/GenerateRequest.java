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
 * @param maxNewTokens the longest answer, in tokens, those of {@code continueIds} included
 * @param stop strings that end the answer and are not part of it; at most 8 of 256 characters
 * @param continueIds tokens that an earlier attempt delivered; they are not sent again
 * @param allowThrough the first allowance, in tokens of the whole answer; see {@link Allow}
 * @param deadlineMs how long this attempt may take from now, in milliseconds
 */
public record GenerateRequest(
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
    continueIds = Check.tokenIds("continueIds", continueIds);
    Check.tokens("allowThrough", allowThrough);
    Check.within("deadlineMs", deadlineMs, 1, Limits.DEADLINE_MS);
  }

  public JsonObject toJson() {
    JsonObject json = new JsonObject()
      .put("generationId", generationId)
      .put("attempt", attempt)
      .put("owner", owner);
    party.ifPresent(who -> json.put("party", who.toJson()));
    return json
      .put("sampling", sampling.toJson())
      .put("maxNewTokens", maxNewTokens)
      .put("stop", Json.array(stop))
      .put("continueIds", Json.array(continueIds))
      .put("allowThrough", allowThrough)
      .put("deadlineMs", deadlineMs);
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
      fields.ints("continueIds", Limits.TOKENS),
      fields.int32("allowThrough"),
      fields.integer("deadlineMs")
    );
  }
}
