package dev.atrium.audit;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Optional;
import java.util.UUID;

/**
 * What stands in a leaf in place of personal data: {@code SHA-256(salt || subject || field || 0x00 ||
 * value)}, in lower-case hex. The salt is 32 random bytes, the subject the 16 bytes of whose data it is
 * (zeros if that is not known), field and value are UTF-8 and the field holds no NUL. Who has salt and
 * value can prove the value; once both are erased nobody can tell or guess it, and the leaf is as valid
 * as before. The database computes the same in {@code audit_commitment}.
 */
public final class Commitment {

  /** Bytes of a salt. */
  public static final int SALT_BYTES = 32;

  private Commitment() {}

  /** Commits to one value. */
  public static String to(byte[] salt, Optional<UUID> subject, String field, String value) {
    if (salt.length != SALT_BYTES) {
      throw new IllegalArgumentException("a salt has " + SALT_BYTES + " bytes");
    }
    MessageDigest sha = TreeHash.sha256();
    sha.update(salt);
    sha.update(bytes(subject.orElse(new UUID(0, 0))));
    sha.update(field.getBytes(StandardCharsets.UTF_8));
    sha.update((byte) 0);
    return HexFormat.of().formatHex(sha.digest(value.getBytes(StandardCharsets.UTF_8)));
  }

  private static byte[] bytes(UUID id) {
    return ByteBuffer.allocate(16)
      .putLong(id.getMostSignificantBits())
      .putLong(id.getLeastSignificantBits())
      .array();
  }
}
