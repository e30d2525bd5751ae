/**
 * Sensitive data in texts: what it is found by, which rules say what becomes of it, and the pseudonyms
 * that a model sees in its place. Pure: no clock, no files, no network; every scan takes time linear in
 * the text.
 */
package dev.atrium.policy.sensitive;
