/**
 * The starter model's own tokenizer: byte-level byte pair encoding (Sennrich et al., 2016), trained
 * on the corpus, and its files in the Hugging Face layout. Serving goes through the engine's
 * tokenizer, which reads those files; what is here is for training.
 */
package dev.atrium.starter.tokenizer;
