package dev.atrium.hub.generation;

import dev.atrium.hub.inference.EngineRef;
import dev.atrium.inference.api.PromptMessage;
import java.util.List;

/**
 * An engine that has counted the prompt and takes it.
 *
 * @param messages what it counted: the history, without the oldest turns if they did not fit
 * @param trimmedTurns how many turns were left out
 */
record Placement(
  EngineRef engine,
  List<PromptMessage> messages,
  int trimmedTurns,
  int promptTokens,
  int maxNewTokens,
  String revision
) {}
