/**
 * Asks the finished model what it was never trained on, in wordings held out of the corpus and in
 * questions written by hand, and counts. The model runs as it will be served.
 */
package dev.atrium.starter.evaluation;
