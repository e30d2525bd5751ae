package dev.atrium.starter.corpus;

import java.util.Set;

/**
 * A question in a wording that was never trained on.
 *
 * @param right every answer that the corpus would have given to it
 */
public record HeldOut(
  String family,
  String intent,
  Language language,
  String question,
  Set<String> right
) {}
