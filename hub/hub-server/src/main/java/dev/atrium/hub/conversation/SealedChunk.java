package dev.atrium.hub.conversation;

import io.vertx.core.buffer.Buffer;
import java.util.Optional;
import java.util.UUID;

/**
 * An {@link AnswerChunk} as it is stored.
 *
 * @param text with the tokens, encrypted
 * @param keyId the key of the conversation, by which it is
 * @param held encrypted as well; mostly none
 * @param kinds what the text is made of; empty if all of it is answer
 */
public record SealedChunk(
  UUID generationId,
  int attempt,
  int from,
  int codePoints,
  Buffer text,
  UUID keyId,
  Optional<Buffer> held,
  Optional<String> kinds
) {}
