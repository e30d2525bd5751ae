/**
 * Writes what must be provable later. Records are appended in the caller's own transaction, so that
 * a deed and its record stand or fall together. One hub seals what was committed into a Merkle tree and
 * signs checkpoints of it, which are also written off the host.
 */
package dev.atrium.hub.audit;
