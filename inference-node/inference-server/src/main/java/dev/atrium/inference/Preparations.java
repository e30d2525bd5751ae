package dev.atrium.inference;

import dev.atrium.inference.api.Limits;
import dev.atrium.inference.api.PrepareRequest;
import dev.atrium.inference.api.PromptMessage;

/**
 * The prompts that are being rendered and counted, or wait for it: bounded by what can be done before
 * those who wait give up, which is a matter of their length and not of their number. Confined to one
 * context.
 */
final class Preparations {

  /** Twice the longest prompt that there may be. */
  static final int MOST_CHARS = 2 * Limits.PROMPT_CHARS;
  /** What each costs besides its text. */
  static final int MOST = 1_024;

  private int prompts;
  private long chars;

  /** Takes a prompt, which must be {@link #end}ed; false if there are too many. */
  boolean begin(PrepareRequest request) {
    if (prompts >= MOST || chars + length(request) > MOST_CHARS) {
      return false;
    }
    prompts++;
    chars += length(request);
    return true;
  }

  /** One that was taken is rendered, or could not be. */
  void end(PrepareRequest request) {
    prompts--;
    chars -= length(request);
  }

  private static long length(PrepareRequest request) {
    return request.messages().stream().mapToLong(PromptMessage::size).sum();
  }
}
