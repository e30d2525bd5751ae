/**
 * What an audit record is, its one canonical form, and the hash of it as a leaf; later the Merkle
 * tree, the checkpoints and their verifier. Plain Java, so that it can also be checked offline.
 */
package dev.atrium.audit;
