/**
 * Text in and out of a model: chat messages to token ids (template, tokenizer), token ids to text
 * (streaming detokenizer, stop strings). Trust lives here: what a user typed never becomes a
 * special token. No tensors, no scheduling.
 */
package dev.atrium.engine.text;
