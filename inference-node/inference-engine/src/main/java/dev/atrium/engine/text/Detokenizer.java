package dev.atrium.engine.text;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/**
 * Turns the ids of one answer into text as they come. A character whose bytes are spread over
 * several tokens is held back until it is whole, so that no piece ever ends in half a character;
 * bytes that can't be text become U+FFFD. The pieces and {@link #flush} together are exactly {@link
 * Tokenizer#decode} of all ids. Special tokens and ids outside of the vocabulary have no text.
 *
 * <p>Work per token is bounded by the length of that token. Not thread-safe; one a sequence.
 */
public final class Detokenizer {

  /** Longest start of a character that can be incomplete. */
  private static final int MAX_PARTIAL = 3;

  private final Tokenizer tokenizer;
  private final CharsetDecoder utf8 = StandardCharsets.UTF_8.newDecoder()
    .onMalformedInput(CodingErrorAction.REPLACE)
    .onUnmappableCharacter(CodingErrorAction.REPLACE);
  private final byte[] partial = new byte[MAX_PARTIAL];
  private int partialLength;
  private final Set<Integer> shown;
  private int spacesToStrip;

  /** For a text that starts with the first id: a Llama-style leading space is taken off. */
  public Detokenizer(Tokenizer tokenizer) {
    this(tokenizer, tokenizer.strippedSpaces(), Set.of());
  }

  private Detokenizer(Tokenizer tokenizer, int spacesToStrip, Set<Integer> shown) {
    this.tokenizer = tokenizer;
    this.shown = shown;
    this.spacesToStrip = spacesToStrip;
  }

  /** For ids that go on with a text (a completion): a leading space is part of the text. */
  public static Detokenizer continuing(Tokenizer tokenizer) {
    return new Detokenizer(tokenizer, 0, Set.of());
  }

  /** The same, with the text of these tokens even where they are special. */
  public Detokenizer showing(Set<Integer> ids) {
    return new Detokenizer(tokenizer, spacesToStrip, Set.copyOf(ids));
  }

  /** The text that became certain with this token; often empty, never null. */
  public String next(int id) {
    byte[] bytes = shown.contains(id) ? tokenizer.tokenBytes(id) : tokenizer.visibleBytes(id);
    return strip(decode(bytes, false));
  }

  /** Ends the text: an unfinished character becomes U+FFFD. */
  public String flush() {
    return strip(decode(new byte[0], true));
  }

  /** Whether the bytes of an unfinished character are held back now. */
  public boolean holdsBack() {
    return partialLength > 0;
  }

  private String decode(byte[] bytes, boolean end) {
    if (partialLength == 0 && isAscii(bytes)) {
      // Nearly every token of many languages, and a decoder's buffers for each are most of the garbage.
      return new String(bytes, StandardCharsets.US_ASCII);
    }
    if (bytes.length == 0 && !end) {
      return "";
    }
    ByteBuffer in = ByteBuffer.allocate(partialLength + bytes.length);
    in.put(partial, 0, partialLength).put(bytes).flip();
    CharBuffer out = CharBuffer.allocate(in.remaining() + 1);
    utf8.reset().decode(in, out, end);
    if (end) {
      utf8.flush(out);
    }
    partialLength = in.remaining();
    in.get(partial, 0, partialLength);
    return out.flip().toString();
  }

  private static boolean isAscii(byte[] bytes) {
    for (byte b : bytes) {
      if (b < 0) {
        return false;
      }
    }
    return true;
  }

  private String strip(String text) {
    if (spacesToStrip == 0 || text.isEmpty()) {
      return text;
    }
    int from = 0;
    while (from < text.length() && spacesToStrip > 0 && text.charAt(from) == ' ') {
      from++;
      spacesToStrip--;
    }
    if (from < text.length()) {
      spacesToStrip = 0;
    }
    return text.substring(from);
  }
}
