package dev.atrium.hub.db;

import java.security.SecureRandom;
import java.util.UUID;

/**
 * Time-ordered ids (RFC 9562, version 7), for rows whose id must be known before they are written:
 * a ciphertext is bound to it. Rows of one time lie side by side in the index.
 */
public final class Ids {

  private static final SecureRandom random = new SecureRandom();

  private Ids() {}

  /** A new id. Ids of one millisecond have no order among themselves. */
  public static UUID next() {
    var high = (System.currentTimeMillis() << 16) | 0x7000 | (random.nextInt() & 0x0fff);
    var low = (random.nextLong() & 0x3fff_ffff_ffff_ffffL) | 0x8000_0000_0000_0000L;
    return new UUID(high, low);
  }
}
