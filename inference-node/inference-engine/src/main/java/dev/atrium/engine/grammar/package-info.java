/**
 * Answers that keep a form: a JSON schema becomes a {@link dev.atrium.engine.grammar.Grammar}, a
 * pushdown automaton over bytes, and a {@link dev.atrium.engine.grammar.Matcher} says before each
 * token which of the vocabulary may come. Neither tensors nor sampling belong here.
 */
package dev.atrium.engine.grammar;
