package dev.atrium.policy.sensitive;

import java.util.Set;

/**
 * One text of a conversation.
 *
 * @param judged whether it can be the reason to refuse or to warn: what a user wrote is, what a model
 *     answered is not, since nobody can take it back. Both are masked.
 * @param confirmed kinds that its writer has said may be sent
 */
public record Passage(String text, boolean judged, Set<Kind> confirmed) {
  public Passage {
    confirmed = Set.copyOf(confirmed);
  }

  /** Without the text: nothing that people write belongs into a log. */
  @Override
  public String toString() {
    return "Passage[" + text.length() + " chars]";
  }
}
