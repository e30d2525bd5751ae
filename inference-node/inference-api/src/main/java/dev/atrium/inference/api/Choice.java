package dev.atrium.inference.api;

import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * One of several answers to a prompt. Each draws from a stream of its own, which its index and the seed
 * make; that of index 0 is the seed's.
 *
 * @param index from 0; a later attempt leaves those out that have ended
 * @param continueIds tokens of it that an earlier attempt delivered; they are not sent again
 */
public record Choice(int index, List<Integer> continueIds) {
  public Choice {
    Check.within("index", index, 0, Limits.CHOICES - 1);
    continueIds = Check.tokenIds("continueIds", continueIds);
  }

  JsonObject toJson() {
    return new JsonObject().put("index", index).put("continueIds", Json.array(continueIds));
  }

  /** @throws BadMessageException if it breaks the contract */
  static Choice fromJson(JsonObject json) {
    Fields fields = new Fields(json);
    return new Choice(fields.int32("index"), fields.ints("continueIds", Limits.TOKENS));
  }
}
