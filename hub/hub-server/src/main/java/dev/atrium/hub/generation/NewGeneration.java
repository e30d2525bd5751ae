package dev.atrium.hub.generation;

import java.util.UUID;

/** The row that is added in the transaction that saves the prompt. */
record NewGeneration(
  UUID id,
  UUID conversationId,
  UUID messageId,
  UUID userId,
  UUID departmentId,
  String owner,
  String model,
  long seed
) {}
