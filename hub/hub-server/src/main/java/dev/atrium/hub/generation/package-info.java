/**
 * Answers while they are written: the conductor of a prompt, the relay of what a node says, the
 * writer that makes it durable, and who owns what. A generation is a thing of its own, apart from
 * the conversation and from any socket; sockets are only followers here.
 */
package dev.atrium.hub.generation;
