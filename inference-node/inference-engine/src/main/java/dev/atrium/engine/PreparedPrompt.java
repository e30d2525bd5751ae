package dev.atrium.engine;

/**
 * A prompt that was rendered, counted and found to fit.
 *
 * @param ids its tokens
 * @param maxNewTokens most tokens that the answer may have: what was asked for, or less where the
 *     context ends before
 * @param publishedTokens how many of its tokens, from the first on, are published to all
 */
public record PreparedPrompt(int[] ids, int contextLength, int maxNewTokens, int publishedTokens) {
  /** With nothing that is published. */
  public PreparedPrompt(int[] ids, int contextLength, int maxNewTokens) {
    this(ids, contextLength, maxNewTokens, 0);
  }
}
