/**
 * What the starter model is taught: grammars and word lists of our own (resources in this package's
 * folder), and the program that varies them into conversations. No text comes from elsewhere, and
 * nothing here is looked at when the model answers.
 */
package dev.atrium.starter.corpus;
