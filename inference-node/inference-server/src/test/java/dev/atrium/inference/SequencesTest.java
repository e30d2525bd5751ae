package dev.atrium.inference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.engine.SamplingParams;
import dev.atrium.engine.text.GenerationDefaults;
import dev.atrium.inference.api.Sampling;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class SequencesTest {

  private static final GenerationDefaults MAKERS = new GenerationDefaults(
    true,
    OptionalDouble.of(0.6),
    OptionalInt.of(20),
    OptionalDouble.of(0.95),
    OptionalDouble.of(0.02),
    OptionalDouble.of(1.05)
  );

  @Test
  void whatIsLeftOpenTheMakersDecide() {
    SamplingParams params = Sequences.sampling(Sampling.defaults(7), MAKERS, Optional.empty());
    assertThat(params).isEqualTo(
      SamplingParams.of(0.6, 20, 0.95, 7).withMinP(0.02).withPenalties(1.05, 0, 0)
    );
    assertThat(
      Sequences.sampling(Sampling.defaults(7), GenerationDefaults.NONE, Optional.empty())
    ).isEqualTo(SamplingParams.of(1, 0, 1, 7));
    assertThat(
      Sequences.sampling(Sampling.defaults(7), GenerationDefaults.GREEDY, Optional.empty()).greedy()
    ).isTrue();
  }

  @Test
  void whatIsAskedForIsDone() {
    Sampling asked = new Sampling(
      OptionalDouble.of(0.9),
      OptionalInt.of(0),
      OptionalDouble.of(1),
      OptionalDouble.of(0),
      OptionalDouble.of(1),
      OptionalDouble.of(0.5),
      OptionalDouble.of(-0.5),
      Map.of(3, 4.0),
      OptionalInt.of(2),
      7
    );
    assertThat(Sequences.sampling(asked, MAKERS, Optional.empty())).isEqualTo(
      SamplingParams.of(0.9, 0, 1, 7)
        .withPenalties(1, 0.5, -0.5)
        .withLogitBias(Map.of(3, 4.0))
        .withLogprobs(2)
    );
    SamplingParams greedy = Sequences.sampling(Sampling.greedy(), MAKERS, Optional.empty());
    assertThat(greedy).isEqualTo(SamplingParams.GREEDY);
  }
}
