/**
 * Encryption by Google Tink and the keyset of master keys in its file. Plain Java, so that hubs and the
 * operator's commands share it; where wrapped keys are stored, and whose they are, belongs elsewhere.
 */
package dev.atrium.keys;
