/**
 * Trains networks of the Llama family with the functions of the very program that serves them, under
 * autograd. General over the shape; what the text is and where it comes from belongs to the caller.
 */
package dev.atrium.engine.training;
