/**
 * What an audit record is and its one canonical form; the Merkle tree over all of them, checkpoints
 * that are signed, anchors that are kept off the host, exports, and the verifier that compares these.
 * Plain Java, so that it also works offline and in the portal.
 */
package dev.atrium.audit;
