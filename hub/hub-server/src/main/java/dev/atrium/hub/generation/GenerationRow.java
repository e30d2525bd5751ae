package dev.atrium.hub.generation;

import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** What the database knows of a generation; {@code status} as in the schema. */
record GenerationRow(
  UUID id,
  Optional<UUID> conversationId,
  UUID userId,
  Optional<String> owner,
  int epoch,
  int attempt,
  String status,
  String model,
  int position,
  int promptTokens,
  int cachedTokens,
  int prefilledTokens,
  int completionTokens,
  Optional<String> reason,
  Optional<String> errorCode,
  Map<String, Object> errorArgs,
  Optional<Restart> restart
) {
  /** Whether nothing more will be written. */
  boolean ended() {
    return !status.equals("pending") && !status.equals("running");
  }
}
