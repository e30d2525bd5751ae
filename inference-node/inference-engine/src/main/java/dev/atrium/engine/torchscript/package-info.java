/**
 * TorchScript without Python: packs source text and a few attributes into an archive, loads it into
 * libtorch through DJL, and calls its methods with every native value closed again. Knows nothing of
 * language models.
 */
package dev.atrium.engine.torchscript;
