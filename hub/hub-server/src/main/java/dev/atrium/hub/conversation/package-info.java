/**
 * Conversations: trees of messages, encrypted for their owner, and the answers that grow in them.
 * Every reader gives the user's id, and somebody else's conversation does not exist for them.
 */
package dev.atrium.hub.conversation;
