/**
 * Answers taken apart while they are written: thought, answer, calls of tools. Which marks a model
 * makes is read from its chat template. Knows text only, no tokens.
 */
package dev.atrium.engine.reply;
