package dev.atrium.policy;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A key for programs, as text: {@code atr_}, 8 signs by which it is found, 43 signs of secret (256
 * random bits), 6 signs of checksum; all of them letters and digits. A scanner for leaked secrets finds
 * it by its first signs, and both the scanner and a typing error are told apart from a key by the
 * checksum (CRC-32 of all that stands before it, base 62), without asking anybody. The checksum protects
 * from mistakes, not from malice.
 */
public final class ApiKey {

  /** What every key begins with. */
  public static final String MARK = "atr_";

  private static final String SIGNS =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  private static final int FINDER = 8;
  private static final int SECRET = 43;
  private static final int CHECK = 6;
  private static final Pattern FORM = Pattern.compile(
    MARK + "[0-9A-Za-z]{" + (FINDER + SECRET + CHECK) + "}"
  );
  private static final SecureRandom random = new SecureRandom();

  private final String text;

  private ApiKey(String text) {
    this.text = text;
  }

  /** A new one. */
  public static ApiKey create() {
    StringBuilder key = new StringBuilder(MARK);
    for (int i = 0; i < FINDER + SECRET; i++) {
      key.append(SIGNS.charAt(random.nextInt(SIGNS.length())));
    }
    return new ApiKey(key.append(checksum(key.toString())).toString());
  }

  /** What this text is, if it has the form and the checksum of a key. */
  public static Optional<ApiKey> read(String text) {
    if (!FORM.matcher(text).matches()) {
      return Optional.empty();
    }
    int body = text.length() - CHECK;
    return text.substring(body).equals(checksum(text.substring(0, body)))
      ? Optional.of(new ApiKey(text))
      : Optional.empty();
  }

  private static String checksum(String body) {
    CRC32 crc = new CRC32();
    crc.update(body.getBytes(StandardCharsets.US_ASCII));
    char[] signs = new char[CHECK];
    long rest = crc.getValue();
    for (int i = CHECK - 1; i >= 0; i--) {
      signs[i] = SIGNS.charAt((int) (rest % SIGNS.length()));
      rest /= SIGNS.length();
    }
    return new String(signs);
  }

  /** The part that finds it in a table and may be shown. */
  public String prefix() {
    return text.substring(0, MARK.length() + FINDER);
  }

  /** All of it: to be shown once, and never stored or logged. */
  public String reveal() {
    return text;
  }

  /** SHA-256 of the text. */
  public byte[] hash() {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.US_ASCII));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /**
   * What is kept of a key for good: HMAC-SHA-256 (RFC 2104) of its hash. Who has the table and not the
   * secret can neither check a guess nor put in a key of their own.
   */
  public static byte[] mac(byte[] secret, byte[] hash) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret, "HmacSHA256"));
      return mac.doFinal(hash);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has HMAC-SHA-256", e);
    }
  }

  @Override
  public String toString() {
    return prefix() + "…";
  }
}
