package dev.atrium.hub.share;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What opens a share: 144 random bits as 24 signs of base64url (RFC 4648, 5). Whoever reads the tables
 * finds its hash only, so that they do not open what they hold the address of.
 */
public final class ShareAddress {

  private static final int BYTES = 18;
  private static final Pattern FORM = Pattern.compile("[A-Za-z0-9_-]{24}");
  private static final SecureRandom random = new SecureRandom();

  private final String text;

  private ShareAddress(String text) {
    this.text = text;
  }

  static ShareAddress create() {
    byte[] bytes = new byte[BYTES];
    random.nextBytes(bytes);
    return new ShareAddress(Base64.getUrlEncoder().encodeToString(bytes));
  }

  /** Reads one; empty if it can't be one. */
  public static Optional<ShareAddress> parse(String text) {
    return FORM.matcher(text).matches() ? Optional.of(new ShareAddress(text)) : Optional.empty();
  }

  /** The address as it stands in a link. */
  public String reveal() {
    return text;
  }

  /** A fast hash is enough for what nobody can guess. */
  byte[] hash() {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** Without the address. */
  @Override
  public String toString() {
    return "ShareAddress";
  }
}
