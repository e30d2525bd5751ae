package dev.atrium.engine.model;

/**
 * A run of new tokens of one sequence in one step: a decode row (one token) or a chunk of a prompt.
 *
 * @param tokens the new tokens, at least one
 * @param position index of the first of them in its sequence; everything before it is in the cache
 * @param cacheStart where the sequence's token 0 lies in the cache arena; the range from there must
 *     hold {@code position + tokens.length} tokens
 * @param adapter index of the low-rank adapter to apply, 0 for the bare model
 * @param wantsLogits whether the logits after the last token are needed (not so for the inner chunks
 *     of a prompt)
 */
public record Span(int[] tokens, int position, int cacheStart, int adapter, boolean wantsLogits) {
  public Span {
    if (tokens.length == 0 || position < 0 || cacheStart < 0 || adapter < 0) {
      throw new IllegalArgumentException("not a span: " + tokens.length + " tokens at " + position);
    }
  }
}
