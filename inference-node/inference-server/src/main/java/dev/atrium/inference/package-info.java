/**
 * The inference node: a process that loads language models and answers over the event bus. Bus
 * messages come in through {@link dev.atrium.inference.InferenceVerticle} and meet the engine in
 * {@link dev.atrium.inference.EngineLoop}, one thread a model. What computes lives in the engine;
 * nothing here knows a tensor, a hub's user or a database.
 */
package dev.atrium.inference;
