/**
 * Encryption of what people write, and the keys for it: one data key a person, wrapped by the
 * master key. What is encrypted is bound to its row; nothing here knows what it protects.
 */
package dev.atrium.hub.crypto;
