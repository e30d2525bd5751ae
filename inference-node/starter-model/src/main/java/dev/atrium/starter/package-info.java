/**
 * Makes the small model that ships with Atrium: from the corpus over the tokenizer and the training
 * to a model directory and its evaluation. The model itself lies beside, in {@code model/}.
 */
package dev.atrium.starter;
