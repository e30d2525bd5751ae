package dev.atrium.hub.gateway.ws;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.WebSocketFrame;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Puts the frames of one socket's messages together (RFC 6455, 5.4 to 5.6). Vert.x could do it, but
 * loses what follows an empty first fragment, replaces bytes that are not UTF-8 instead of refusing
 * them, and gathers empty fragments without end. That fragments come in a lawful order is checked
 * below, by the frame decoder. Not safe for several threads.
 */
final class IncomingMessages {

  /** A page sends a message in one frame; even 64 bytes at a time stay below this. */
  static final int MOST_FRAGMENTS = 4_096;

  private final int mostBytes;
  private Buffer gathered;
  private int fragments;

  /** What has come in. */
  sealed interface Message {
    /** A whole message. */
    record Text(String text) implements Message {}

    /** Something that can't be read; what is left of it is of no use. */
    record Unfit(Reason reason) implements Message {}
  }

  /** Why a message can't be read. */
  enum Reason {
    BINARY,
    TOO_LARGE,
    TOO_MANY_FRAGMENTS,
    NOT_UTF8,
  }

  /** @param mostBytes largest message that is gathered */
  IncomingMessages(int mostBytes) {
    this.mostBytes = mostBytes;
  }

  /** Takes a text, binary or continuation frame; empty while a message is not complete. */
  Optional<Message> add(WebSocketFrame frame) {
    if (frame.isBinary()) {
      return unfit(Reason.BINARY);
    }
    Buffer bytes = frame.binaryData();
    if (size() + bytes.length() > mostBytes) {
      return unfit(Reason.TOO_LARGE);
    }
    if (++fragments > MOST_FRAGMENTS) {
      return unfit(Reason.TOO_MANY_FRAGMENTS);
    }
    if (!frame.isFinal()) {
      gathered = (gathered == null ? Buffer.buffer() : gathered).appendBuffer(bytes);
      return Optional.empty();
    }
    Buffer whole = gathered == null ? bytes : gathered.appendBuffer(bytes);
    forget();
    return Optional.of(decode(whole));
  }

  private int size() {
    return gathered == null ? 0 : gathered.length();
  }

  private Optional<Message> unfit(Reason reason) {
    forget();
    return Optional.of(new Message.Unfit(reason));
  }

  private void forget() {
    gathered = null;
    fragments = 0;
  }

  private static Message decode(Buffer bytes) {
    try {
      return new Message.Text(
        StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes.getBytes())).toString()
      );
    } catch (CharacterCodingException _) {
      return new Message.Unfit(Reason.NOT_UTF8);
    }
  }
}
