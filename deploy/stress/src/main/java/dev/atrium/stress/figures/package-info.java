/** What is noted during a run: counts, times, and what must never happen. */
package dev.atrium.stress.figures;
