/**
 * llama.cpp as the rival of {@code engine bench --against llamacpp}: our weights in its file format, its
 * library fetched and called. For measuring only; nothing of the product depends on it.
 */
package dev.atrium.engine.llamacpp;
