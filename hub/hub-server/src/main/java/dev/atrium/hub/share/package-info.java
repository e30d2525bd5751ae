/**
 * Shares: a conversation as it was at a moment, encrypted with a key of its own, for everybody in the
 * company who has its address. What a conversation is made of belongs to its room; who may come in, to
 * auth.
 */
package dev.atrium.hub.share;
