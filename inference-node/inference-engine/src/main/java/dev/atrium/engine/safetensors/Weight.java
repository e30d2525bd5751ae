package dev.atrium.engine.safetensors;

import java.lang.foreign.MemorySegment;

/**
 * One tensor's raw bytes, little-endian, last dimension innermost.
 *
 * @param bytes valid as long as its source is open
 */
public record Weight(String name, WeightType type, long[] shape, MemorySegment bytes) {}
