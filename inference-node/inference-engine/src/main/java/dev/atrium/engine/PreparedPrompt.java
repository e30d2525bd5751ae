package dev.atrium.engine;

import dev.atrium.engine.grammar.Grammar;
import dev.atrium.engine.reply.ReplyFormat;
import java.util.Optional;

/**
 * A prompt that was rendered, counted and found to fit.
 *
 * @param ids its tokens
 * @param maxNewTokens most tokens that the answer may have: what was asked for, or less where the
 *     context ends before
 * @param publishedTokens how many of its tokens, from the first on, are published to all
 * @param grammar what binds the answer to the format that was asked for
 * @param reply how the answer is taken apart, if that was asked for
 */
public record PreparedPrompt(
  int[] ids,
  int contextLength,
  int maxNewTokens,
  int publishedTokens,
  Optional<Grammar> grammar,
  Optional<ReplyFormat> reply
) {
  /** With nothing that is published, for an answer that is free and not taken apart. */
  public PreparedPrompt(int[] ids, int contextLength, int maxNewTokens) {
    this(ids, contextLength, maxNewTokens, 0, Optional.empty(), Optional.empty());
  }
}
