/**
 * Writes what must be provable later. Records are appended in the caller's own transaction, so that
 * a deed and its record stand or fall together; sealing and checkpoints come on top of them.
 */
package dev.atrium.hub.audit;
