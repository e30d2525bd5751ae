package dev.atrium.audit;

import java.util.Base64;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A text with an Ed25519 signature, as C2SP's <i>signed-note</i>: the text, an empty line, and {@code —
 * origin BASE64} with four bytes of key id and the signature. For what is not a checkpoint; no text may
 * begin with the origin of a log, or it could be taken for one.
 *
 * @param text ends with a line break
 * @param keyId eight lower-case hex digits
 * @param signature 128 lower-case hex digits
 */
public record SignedNote(String text, String origin, String keyId, String signature) {
  private static final Pattern NOTE = Pattern.compile(
    "(.*\n)\n— ([^\\s+]+) ([A-Za-z0-9+/]+=*)\n",
    Pattern.DOTALL
  );

  public SignedNote {
    if (!text.endsWith("\n") || text.startsWith("atrium/")) {
      throw new IllegalArgumentException("not the text of a note");
    }
  }

  /** The whole note. */
  public String note() {
    byte[] both = HexFormat.of().parseHex(keyId + signature);
    return text + "\n— " + origin + " " + Base64.getEncoder().encodeToString(both) + "\n";
  }

  /**
   * Reads what {@link #note} wrote. Whether the signature is right is another question: {@link
   * CheckpointKey#verifies(SignedNote)}.
   *
   * @throws IllegalArgumentException if it is anything else
   */
  public static SignedNote parse(String note) {
    Matcher m = NOTE.matcher(note);
    if (!m.matches()) {
      throw new IllegalArgumentException("not a signed note");
    }
    String both = HexFormat.of().formatHex(Base64.getDecoder().decode(m.group(3)));
    if (both.length() != 136) {
      throw new IllegalArgumentException("not the signature of a note");
    }
    return new SignedNote(m.group(1), m.group(2), both.substring(0, 8), both.substring(8));
  }
}
