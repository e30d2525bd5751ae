package dev.atrium.audit;

import java.util.Base64;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A checkpoint with its signature. The text is a C2SP <i>signed-note</i>: the checkpoint, an empty line,
 * and {@code — origin BASE64} with four bytes of key id and the Ed25519 signature.
 *
 * @param keyId eight lower-case hex digits
 * @param signature 128 lower-case hex digits
 */
public record SignedCheckpoint(Checkpoint checkpoint, String keyId, String signature) {
  private static final Pattern NOTE = Pattern.compile(
    "(.*\n)\n— ([^\\s+]+) ([A-Za-z0-9+/]+=*)\n",
    Pattern.DOTALL
  );

  public SignedCheckpoint {
    if (!keyId.matches("[0-9a-f]{8}") || !signature.matches("[0-9a-f]{128}")) {
      throw new IllegalArgumentException("not the signature of a checkpoint");
    }
  }

  /** The whole note. */
  public String text() {
    byte[] both = HexFormat.of().parseHex(keyId + signature);
    return (
      checkpoint.text() +
      "\n— " +
      checkpoint.origin() +
      " " +
      Base64.getEncoder().encodeToString(both) +
      "\n"
    );
  }

  /**
   * Reads what {@link #text} wrote. Whether the signature is right is another question: {@link
   * CheckpointKey#verifies}.
   *
   * @throws IllegalArgumentException if it is anything else
   */
  public static SignedCheckpoint parse(String text) {
    Matcher m = NOTE.matcher(text);
    if (!m.matches()) {
      throw new IllegalArgumentException("not a signed checkpoint");
    }
    Checkpoint checkpoint = Checkpoint.parse(m.group(1));
    String both = HexFormat.of().formatHex(Base64.getDecoder().decode(m.group(3)));
    if (!m.group(2).equals(checkpoint.origin()) || both.length() != 136) {
      throw new IllegalArgumentException("not the signature of this checkpoint");
    }
    SignedCheckpoint read = new SignedCheckpoint(
      checkpoint,
      both.substring(0, 8),
      both.substring(8)
    );
    if (!read.text().equals(text)) {
      throw new IllegalArgumentException("not the one text of this signature"); // spare bits of base64
    }
    return read;
  }
}
