/**
 * Puts load and faults on a running Atrium and looks for what must never happen: the command, its
 * options, the course of a run and its figures.
 */
package dev.atrium.stress;
