/**
 * Runners without a network, for tests and for stress of everything around the engine: the next token
 * is whatever a function says, given the tokens that really lie in the cache. Also the model directory
 * that has a script in place of weights.
 */
package dev.atrium.engine.scripted;
