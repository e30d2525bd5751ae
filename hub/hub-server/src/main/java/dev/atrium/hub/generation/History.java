package dev.atrium.hub.generation;

import dev.atrium.inference.api.PromptMessage;
import java.util.ArrayList;
import java.util.List;

/**
 * What a model is to read, oldest first, the prompt last.
 *
 * @param published how many of the first messages are the same for everybody who may use the model; they
 *     are never left out, and what a node computes of them serves all
 */
record History(List<PromptMessage> all, int published) {
  static History of(List<PromptMessage> published, List<PromptMessage> turns) {
    List<PromptMessage> all = new ArrayList<>(published);
    all.addAll(turns);
    return new History(List.copyOf(all), published.size());
  }

  /** Without so many of the oldest turns' messages; the prompt stays. */
  List<PromptMessage> without(int messages) {
    int from = published + Math.min(messages, all.size() - published - 1);
    List<PromptMessage> kept = new ArrayList<>(all.subList(0, published));
    kept.addAll(all.subList(from, all.size()));
    return kept;
  }
}
