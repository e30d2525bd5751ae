package dev.atrium.engine;

import dev.atrium.engine.grammar.TokenMask;
import dev.atrium.engine.grammar.TooAmbiguousException;
import dev.atrium.engine.model.Draw;
import dev.atrium.engine.model.Likelihood;
import dev.atrium.engine.model.StepOutput;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The tokens that follow a step, with their log-probabilities where these are asked for: drawn by the
 * device where it does so by itself, so that no logits leave it, else by the {@link Sampler}.
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
  record Token(int id, boolean end, Optional<TokenLogprob> logprob) implements Drawn {
    /** Whether it is to be told how likely it was. */
    boolean isTold(SamplingParams params) {
      return params.logprobs().isPresent() && !end;
    }

    Token with(TokenLogprob told) {
      return new Token(id, end, Optional.of(told));
    }
  }

  /** No token could be drawn: the sequence has to end. */
  record Failure(String code, String reason) implements Drawn {
    static Failure of(TooAmbiguousException e) {
      return new Failure("format_too_ambiguous", e.getMessage());
    }
  }

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
    List<Draw> left = new ArrayList<>();
    for (int row = 0; row < drawn.length; row++) {
      try {
        drawn[row] = draw(output, row, sequences.get(row), left).orElse(null);
      } catch (TooAmbiguousException e) {
        drawn[row] = Failure.of(e);
      } catch (ArithmeticException e) {
        drawn[row] = NOT_NUMBERS;
      }
    }
    if (output.draws()) {
      if (!left.isEmpty()) {
        drawByDevice(output, left, drawn);
      }
      tellByDevice(output, sequences, drawn);
    }
    return Arrays.asList(drawn);
  }

  /**
   * What is drawn here, or is no draw.
   *
   * @param left for the device, if this is empty
   */
  private Optional<Drawn> draw(StepOutput output, int row, Sequence sequence, List<Draw> left) {
    SamplingParams params = sequence.request().sampling();
    TokenCounts counts = sequence.counts();
    int index = sequence.generated();
    Optional<TokenMask> allowed = sequence.allowed();
    if (allowed.isPresent() && allowed.get().isEmpty()) {
      // Only a vocabulary that can't spell what the schema wants comes here.
      return Optional.of(
        new Failure("format_stuck", "no token of the vocabulary keeps the format")
      );
    }
    if (output.draws()) {
      OptionalInt likeliest = Sampler.likeliest(output, row, params, allowed);
      if (likeliest.isPresent()) {
        return Optional.of(token(likeliest.getAsInt()));
      }
      left.add(Sampler.told(row, params, index, counts, allowed));
      return Optional.empty();
    }
    Token token = token(sampler.sample(output, row, params, index, counts, allowed));
    return Optional.of(
      token.isTold(params)
        ? token.with(sampler.logprob(output, row, token.id, params.logprobs().getAsInt()))
        : token
    );
  }

  private Token token(int id) {
    return new Token(id, ends.contains(id), Optional.empty());
  }

  private void drawByDevice(StepOutput output, List<Draw> draws, Drawn[] drawn) {
    int[] ids = output.draw(draws);
    for (int i = 0; i < ids.length; i++) {
      drawn[draws.get(i).row()] = ids[i] == Draw.NOT_NUMBERS ? NOT_NUMBERS : token(ids[i]);
    }
  }

  private static void tellByDevice(StepOutput output, List<Sequence> sequences, Drawn[] drawn) {
    int[] rows = IntStream.range(0, drawn.length)
      .filter(row -> drawn[row] instanceof Token t && t.isTold(params(sequences, row)))
      .toArray();
    if (rows.length == 0) {
      return;
    }
    int[] ids = Arrays.stream(rows)
      .map(row -> ((Token) drawn[row]).id)
      .toArray();
    int most = Arrays.stream(rows)
      .map(row -> params(sequences, row).logprobs().getAsInt())
      .max()
      .getAsInt();
    List<Likelihood> told = output.likelihoods(rows, ids, most);
    for (int i = 0; i < rows.length; i++) {
      int asked = params(sequences, rows[i]).logprobs().getAsInt();
      drawn[rows[i]] = Double.isNaN(told.get(i).logprob())
        ? NOT_NUMBERS
        : ((Token) drawn[rows[i]]).with(TokenLogprob.of(ids[i], told.get(i), asked));
    }
  }

  private static SamplingParams params(List<Sequence> sequences, int row) {
    return sequences.get(row).request().sampling();
  }
}
