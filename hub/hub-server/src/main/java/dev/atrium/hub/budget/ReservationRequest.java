package dev.atrium.hub.budget;

import java.util.UUID;

/**
 * What an attempt wants to reserve.
 *
 * @param promptTokens tokens of the prompt, as the node counted them
 * @param sliceTokens tokens of the answer to begin with
 */
public record ReservationRequest(
  UUID generationId,
  int attempt,
  UUID userId,
  UUID departmentId,
  String model,
  int promptTokens,
  int sliceTokens
) {
  public ReservationRequest {
    if (attempt < 1 || promptTokens < 0 || sliceTokens < 0) {
      throw new IllegalArgumentException("attempt, promptTokens or sliceTokens out of range");
    }
  }
}
