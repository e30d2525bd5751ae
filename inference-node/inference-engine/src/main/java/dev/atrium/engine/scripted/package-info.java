/**
 * A runner without a network, for tests and for stress of everything around the engine: its next
 * token is whatever a function says, given the tokens that really lie in the cache.
 */
package dev.atrium.engine.scripted;
