package dev.atrium.engine;

/**
 * How busy an engine is.
 *
 * @param active sequences in the batch
 * @param waiting sequences in the queue
 * @param freeCacheTokens tokens of the cache arena that nobody holds
 */
public record EngineStatus(int active, int waiting, int freeCacheTokens) {}
