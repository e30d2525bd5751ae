/**
 * What the operator says in the environment, one validated record per concern. Nothing here opens
 * anything; a key that nobody knows fails the start with a sentence that names it.
 */
package dev.atrium.hub.config;
