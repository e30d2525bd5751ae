/**
 * The network at work on libtorch, through DJL: takes weights over into the script's module, turns
 * spans into the few tensors of one call, and hands the logits out. The only package, besides {@code
 * torchscript} and {@code training}, that knows of tensors.
 */
package dev.atrium.engine.djl;
