/**
 * The network as one file for other programs: the program for CUDA, with weights inside, as any
 * libtorch loads it. Reads weights and writes bytes; knows nothing of tensors of a library.
 */
package dev.atrium.engine.export;
