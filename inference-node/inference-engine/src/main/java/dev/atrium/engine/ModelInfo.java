package dev.atrium.engine;

import dev.atrium.engine.model.MemoryPlan;
import dev.atrium.engine.model.Precision;

/**
 * A loaded model as the rest of the system sees it.
 *
 * @param kind what it is for: {@code chat} (it has a chat template) or {@code complete}
 * @param revision hex hash over weights, tokenizer, template and precision: only an engine of the
 *     same revision may continue another's answer
 * @param contextLength most tokens of prompt and answer together
 * @param memory what it was planned to take
 */
public record ModelInfo(
  String name,
  String kind,
  String revision,
  int contextLength,
  int vocabSize,
  long parameters,
  Precision precision,
  String device,
  MemoryPlan memory
) {}
