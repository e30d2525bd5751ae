/** What is counted and timed during a run, and how it is told. */
package dev.atrium.stress.figures;
