package dev.atrium.engine;

/**
 * A prompt that was rendered, counted and found to fit.
 *
 * @param ids its tokens
 * @param maxNewTokens most tokens that the answer may have: what was asked for, or less where the
 *     context ends before
 */
public record PreparedPrompt(int[] ids, int contextLength, int maxNewTokens) {}
