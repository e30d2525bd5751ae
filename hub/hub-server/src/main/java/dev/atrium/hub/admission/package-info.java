/**
 * Decides whether a prompt may be answered at all, before anything is stored or computed: whether
 * its user may use the model, the length, the rate, what sensitive data it contains. Money is decided later, when the prompt has been counted.
 */
package dev.atrium.hub.admission;
