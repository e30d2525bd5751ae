package dev.atrium.engine;

/**
 * Tokens of one attempt.
 *
 * @param promptTokens tokens of the prompt
 * @param cachedTokens how many of them were in the cache already
 * @param prefilledTokens tokens that were computed to be read: what was not cached of the prompt, what
 *     an earlier attempt wrote, and both again where the sequence had to give its place up
 * @param completionTokens tokens of the answer as delivered, those of earlier attempts included
 */
public record Usage(
  int promptTokens,
  int cachedTokens,
  int prefilledTokens,
  int completionTokens
) {}
