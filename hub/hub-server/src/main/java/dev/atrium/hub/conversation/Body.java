package dev.atrium.hub.conversation;

import dev.atrium.hub.crypto.Aad;
import dev.atrium.hub.crypto.DataKey;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Text and token ids as the bytes that are encrypted, and the places they are bound to. */
final class Body {

  private Body() {}

  /** A piece of an answer: number of token ids, the ids, the text in UTF-8. */
  static byte[] chunk(String text, List<Integer> tokenIds) {
    var utf8 = utf8(text);
    var out = ByteBuffer.allocate(4 + 4 * tokenIds.size() + utf8.length);
    out.putInt(tokenIds.size());
    tokenIds.forEach(out::putInt);
    return out.put(utf8).array();
  }

  /** Reads a piece, adding to what came before it. */
  static void readChunk(byte[] bytes, StringBuilder text, List<Integer> tokenIds) {
    var in = ByteBuffer.wrap(bytes);
    var count = in.getInt();
    for (var i = 0; i < count; i++) {
      tokenIds.add(in.getInt());
    }
    text.append(StandardCharsets.UTF_8.decode(in));
  }

  static byte[] tokens(List<Integer> tokenIds) {
    var out = ByteBuffer.allocate(4 * tokenIds.size());
    tokenIds.forEach(out::putInt);
    return out.array();
  }

  static List<Integer> readTokens(byte[] bytes) {
    var in = ByteBuffer.wrap(bytes);
    var ids = new ArrayList<Integer>(bytes.length / 4);
    while (in.hasRemaining()) {
      ids.add(in.getInt());
    }
    return ids;
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static byte[] sealTitle(DataKey key, UUID conversationId, String title) {
    return key.seal(utf8(title), titleOf(conversationId));
  }

  static String openTitle(DataKey key, UUID conversationId, byte[] sealed) {
    return new String(key.open(sealed, titleOf(conversationId)), StandardCharsets.UTF_8);
  }

  private static Aad titleOf(UUID conversationId) {
    return Aad.of("conversation.title", conversationId);
  }

  static Aad partOf(UUID messageId, int ordinal) {
    return Aad.of("message_part", messageId, ordinal);
  }

  static Aad tokensOf(UUID messageId, int ordinal) {
    return Aad.of("message_part.token_ids", messageId, ordinal);
  }

  static Aad fileNameOf(UUID fileId, UUID messageId, int ordinal) {
    return Aad.of("file.name", fileId, messageId, ordinal);
  }

  static Aad fileOf(UUID fileId, UUID messageId, int ordinal) {
    return Aad.of("file", fileId, messageId, ordinal);
  }

  static Aad heldOf(UUID generationId, int attempt, int from) {
    return Aad.of("answer_chunk.held", generationId, attempt, from);
  }

  static Aad chunkOf(UUID generationId, int attempt, int from) {
    return Aad.of("answer_chunk", generationId, attempt, from);
  }
}
