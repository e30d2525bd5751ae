package dev.atrium.inference.api.cluster;

import java.nio.file.Path;

/**
 * PEM files for mutual TLS on the bus: every member shows the certificate and accepts only peers whose
 * certificate the authority signed. Host names are not compared, since membership is what counts:
 * the authority must be one that signs nothing but members of this cluster.
 *
 * @param certificate this member's certificate, with its chain
 * @param key its private key (PKCS 8)
 * @param authority the authority's certificate
 */
public record BusTls(Path certificate, Path key, Path authority) {}
