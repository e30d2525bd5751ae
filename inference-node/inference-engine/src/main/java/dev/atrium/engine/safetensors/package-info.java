/**
 * Weights on disk: reads safetensors files, one or several shards, by memory map.
 * Every offset is checked before a byte is touched. Knows nothing of tensors of a library.
 */
package dev.atrium.engine.safetensors;
