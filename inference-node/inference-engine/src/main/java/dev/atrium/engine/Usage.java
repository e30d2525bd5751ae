package dev.atrium.engine;

/**
 * Tokens of one attempt.
 *
 * @param promptTokens tokens of the prompt
 * @param cachedTokens how many of them were in the cache already
 * @param completionTokens tokens of the answer as delivered, those of earlier attempts included
 */
public record Usage(int promptTokens, int cachedTokens, int completionTokens) {}
