package dev.atrium.starter.tokenizer;

import java.nio.charset.StandardCharsets;

/**
 * How a byte-level tokenizer writes bytes as characters: printable ones as themselves, the others
 * from U+0100 on (the convention of GPT-2, 2019, that every reader of tokenizer.json knows).
 */
final class Bytes {

  private static final char[] SHOWN = shown();

  private Bytes() {}

  private static char[] shown() {
    var table = new char[256];
    char next = 0x100;
    for (int b = 0; b < 256; b++) {
      boolean printable = (b >= '!' && b <= '~') || (b >= 0xa1 && b <= 0xac) || b >= 0xae;
      table[b] = printable ? (char) b : next++;
    }
    return table;
  }

  static char show(int b) {
    return SHOWN[b];
  }

  /**
   * The bytes that were written like this.
   *
   * @throws IllegalArgumentException for a character that stands for no byte
   */
  static byte[] read(String shown) {
    var bytes = new byte[shown.length()];
    for (int i = 0; i < bytes.length; i++) {
      int b = 0;
      while (b < 256 && SHOWN[b] != shown.charAt(i)) b++;
      if (b == 256) throw new IllegalArgumentException("no byte is written " + shown.charAt(i));
      bytes[i] = (byte) b;
    }
    return bytes;
  }

  static String show(byte[] bytes) {
    var out = new StringBuilder();
    for (byte b : bytes) out.append(SHOWN[b & 0xff]);
    return out.toString();
  }

  static byte[] of(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Whether the bytes are whole characters, or the beginning of a single one. */
  static boolean isWholeOrOneBegun(byte[] bytes) {
    int at = 0;
    while (at < bytes.length) {
      int length = characterLength(bytes[at] & 0xff);
      if (length == 0) return false;
      if (at + length > bytes.length) return at == 0;
      for (int i = 1; i < length; i++) if ((bytes[at + i] & 0xc0) != 0x80) return false;
      at += length;
    }
    return true;
  }

  private static int characterLength(int lead) {
    if (lead < 0x80) return 1;
    if (lead < 0xc0) return 0;
    return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  }
}
