package dev.atrium.engine;

import dev.atrium.engine.grammar.TokenMask;
import dev.atrium.engine.grammar.TooAmbiguousException;
import dev.atrium.engine.model.Draw;
import dev.atrium.engine.model.StepOutput;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * The tokens that follow a step: drawn by the device where it does so by itself, else by the {@link
 * Sampler}. Log-probabilities are told from logits on the host, so rows that ask for them are drawn
 * there too.
 *
 * <p>Not thread-safe.
 */
final class Draws {

  /** What became of one sequence. */
  sealed interface Drawn {}

  /**
   * @param end whether it ends the answer
   * @param logprob if it was asked for and the token is one of the answer
   */
  record Token(int id, boolean end, Optional<TokenLogprob> logprob) implements Drawn {}

  /** No token could be drawn: the sequence has to end. */
  record Failure(String code, String reason) implements Drawn {}

  private static final Failure NOT_NUMBERS = new Failure(
    "engine_failed",
    "the logits are not numbers"
  );

  private final Sampler sampler;
  private final Set<Integer> ends;

  /** @param ends the tokens that end an answer */
  Draws(Sampler sampler, Set<Integer> ends) {
    this.sampler = sampler;
    this.ends = ends;
  }

  /**
   * Draws for each row of the output. Takes nothing into the sequences, so it may be done again.
   *
   * @param sequences whose rows they are
   * @throws dev.atrium.engine.model.ModelRunner.OutOfMemory if the device has not the memory to draw
   */
  List<Drawn> of(StepOutput output, List<Sequence> sequences) {
    Drawn[] drawn = new Drawn[sequences.size()];
    List<Draw> told = new ArrayList<>();
    for (int row = 0; row < drawn.length; row++) {
      try {
        Optional<Drawn> here = onHost(output, row, sequences.get(row), told);
        drawn[row] = here.orElse(null);
      } catch (TooAmbiguousException e) {
        drawn[row] = new Failure("format_too_ambiguous", e.getMessage());
      } catch (ArithmeticException e) {
        drawn[row] = NOT_NUMBERS;
      }
    }
    if (!told.isEmpty()) {
      int[] ids = output.draw(told);
      for (int i = 0; i < ids.length; i++) {
        drawn[told.get(i).row()] = ids[i] == Draw.NOT_NUMBERS
          ? NOT_NUMBERS
          : new Token(ids[i], ends.contains(ids[i]), Optional.empty());
      }
    }
    return Arrays.asList(drawn);
  }

  /** Empty if the device is told to draw. */
  private Optional<Drawn> onHost(
    StepOutput output,
    int row,
    Sequence sequence,
    List<Draw> told
  ) {
    SamplingParams params = sequence.request().sampling();
    int index = sequence.generated();
    Optional<TokenMask> allowed = sequence.allowed();
    if (allowed.isPresent() && allowed.get().isEmpty()) {
      // Only a vocabulary that can't spell what the schema wants comes here.
      return Optional.of(new Failure("format_stuck", "no token of the vocabulary keeps the format"));
    }
    if (output.draws() && params.logprobs().isEmpty()) {
      OptionalInt likeliest = Sampler.likeliest(output, row, params, allowed);
      if (likeliest.isEmpty()) {
        told.add(Sampler.told(row, params, index, sequence.counts(), allowed));
        return Optional.empty();
      }
      int id = likeliest.getAsInt();
      return Optional.of(new Token(id, ends.contains(id), Optional.empty()));
    }
    int id = sampler.sample(output, row, params, index, sequence.counts(), allowed);
    boolean end = ends.contains(id);
    Optional<TokenLogprob> logprob = params.logprobs().isEmpty() || end
      ? Optional.empty()
      : Optional.of(sampler.logprob(output, row, id, params.logprobs().getAsInt()));
    return Optional.of(new Token(id, end, logprob));
  }
}
