package dev.atrium.hub.budget;

/**
 * What an attempt used.
 *
 * @param promptTokens tokens of the prompt, cached ones included
 * @param cachedTokens of these, tokens that were not computed again
 * @param prefilledTokens tokens that were computed to be read: of the prompt what was not cached, what
 *     earlier attempts wrote, both again where the answer gave its place up; our own cost, never billed
 * @param completionTokens tokens that this attempt itself delivered; what an earlier attempt
 *     delivered is that one's
 */
public record Usage(int promptTokens, int cachedTokens, int prefilledTokens, int completionTokens) {
  public static final Usage NONE = new Usage(0, 0, 0);

  public Usage {
    if (promptTokens < 0 || completionTokens < 0 || cachedTokens < 0 || prefilledTokens < 0) {
      throw new IllegalArgumentException("negative usage");
    }
    if (cachedTokens > promptTokens) {
      throw new IllegalArgumentException("more cached tokens than prompt tokens");
    }
  }

  /** Nothing was read but what of the prompt was not cached. */
  public Usage(int promptTokens, int cachedTokens, int completionTokens) {
    this(promptTokens, cachedTokens, Math.max(0, promptTokens - cachedTokens), completionTokens);
  }
}
