package dev.atrium.engine;

import dev.atrium.engine.reply.ReplyFormat;
import java.util.List;
import java.util.Optional;

/**
 * One answer to write.
 *
 * @param id unique among the sequences of this engine
 * @param promptIds the prompt, at least one token
 * @param continueIds tokens of the answer that an earlier attempt delivered already: they count
 *     towards {@code maxNewTokens} and {@code allowedThrough}, and are not emitted again
 * @param maxNewTokens most tokens of the whole answer, {@code continueIds} included
 * @param stop strings that end the answer; they and what follows are not part of it
 * @param allowedThrough how many tokens of the answer may be decoded for now (see {@link
 *     LlmEngine#allow})
 * @param adapter index of the low-rank adapter, 0 for the bare model
 * @param party on whose behalf
 * @param publishedTokens how many tokens of the prompt, from the first on, are the same for everybody who
 *     may use the model: their keys and values may be used for others
 * @param reply how the answer is taken apart, if it shall be
 */
public record SequenceRequest(
  String id,
  int[] promptIds,
  int[] continueIds,
  SamplingParams sampling,
  int maxNewTokens,
  List<String> stop,
  int allowedThrough,
  int adapter,
  Party party,
  int publishedTokens,
  Optional<ReplyFormat> reply
) {
  public SequenceRequest {
    if (id.isEmpty()) {
      throw new IllegalArgumentException("a sequence needs an id");
    }
    if (promptIds.length == 0) {
      throw new IllegalArgumentException("sequence " + id + " has an empty prompt");
    }
    if (maxNewTokens < 1) {
      throw new IllegalArgumentException("maxNewTokens must be 1 or more, not " + maxNewTokens);
    }
    if (adapter < 0) {
      throw new IllegalArgumentException("adapter must be 0 or more, not " + adapter);
    }
    if (publishedTokens < 0 || publishedTokens > promptIds.length) {
      throw new IllegalArgumentException("publishedTokens can't be " + publishedTokens);
    }
    stop = List.copyOf(stop);
  }

  /** Nobody's in particular, and not taken apart. */
  public SequenceRequest(
    String id,
    int[] promptIds,
    int[] continueIds,
    SamplingParams sampling,
    int maxNewTokens,
    List<String> stop,
    int allowedThrough,
    int adapter
  ) {
    this(
      id,
      promptIds,
      continueIds,
      sampling,
      maxNewTokens,
      stop,
      allowedThrough,
      adapter,
      Party.NONE,
      0,
      Optional.empty()
    );
  }

  /** A fresh answer by the bare model, allowed to its end. */
  public static SequenceRequest of(
    String id,
    int[] promptIds,
    SamplingParams sampling,
    int maxNewTokens
  ) {
    return new SequenceRequest(
      id,
      promptIds,
      new int[0],
      sampling,
      maxNewTokens,
      List.of(),
      maxNewTokens,
      0
    );
  }

  /** The same, but for now no further than to this token. */
  public SequenceRequest through(int token) {
    return new SequenceRequest(
      id,
      promptIds,
      continueIds,
      sampling,
      maxNewTokens,
      stop,
      token,
      adapter,
      party,
      publishedTokens,
      reply
    );
  }

  /** The same for somebody, who has published so many of the prompt's first tokens. */
  public SequenceRequest by(Party who, int published) {
    return new SequenceRequest(
      id,
      promptIds,
      continueIds,
      sampling,
      maxNewTokens,
      stop,
      allowedThrough,
      adapter,
      who,
      published,
      reply
    );
  }
}
