package dev.atrium.hub.admission;

import dev.atrium.policy.sensitive.Kind;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * What somebody wants to have answered.
 *
 * @param text a new prompt; empty for another answer to one that is there
 * @param earlier the messages that are sent to the model before it, oldest first, for another answer the
 *     prompt as the last; asked for only if somebody has to look at them
 * @param confirmed kinds of sensitive data that the writer wants to send
 */
public record Draft(
  Optional<String> text,
  Supplier<Future<List<Earlier>>> earlier,
  Set<Kind> confirmed
) {
  public Draft {
    confirmed = Set.copyOf(confirmed);
  }

  /**
   * A message that is there.
   *
   * @param written by the user, and not by a model
   * @param confirmed kinds that the writer has confirmed before
   */
  public record Earlier(UUID messageId, boolean written, String text, Set<Kind> confirmed) {
    public Earlier {
      confirmed = Set.copyOf(confirmed);
    }

    /** Without the text: nothing that people write belongs into a log. */
    @Override
    public String toString() {
      return "Earlier[" + messageId + ", " + text.length() + " chars]";
    }
  }

  /** Without the text. */
  @Override
  public String toString() {
    return "Draft[" + text.map(String::length).orElse(0) + " chars]";
  }
}
