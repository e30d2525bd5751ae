/**
 * Encryption of what people write, and the keys for it: a data key for each conversation, wrapped by the
 * personal keys of those who may read it, which the master key wraps and which lie in a database of
 * their own. What is encrypted is bound to its row; nothing here knows what it protects.
 */
package dev.atrium.hub.crypto;
