package dev.atrium.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import jdk.incubator.vector.FloatVector;

/** Prints tokens and log-probabilities, each to its last bit. */
final class SameDraws {

  /** Of each kind; interpreted, each takes milliseconds. */
  private static final int DRAWS = 6;
  private static final List<SamplingParams> PARAMS = List.of(
    SamplingParams.of(1, 0, 1, 1),
    SamplingParams.of(0.8, 0, 0.95, 1),
    SamplingParams.of(1, 40, 0.95, 1),
    SamplingParams.of(1.3, 300, 0.99, 1).withMinP(0.01)
  );

  private static final int[] VOCABULARIES = { 5, 257, 700 };

  private final List<Sampler> samplers = IntStream.of(VOCABULARIES).mapToObj(Sampler::new).toList();

  /** A line that tells what kind of JVM this is, and the line of draws. */
  public static void main(String[] arguments) {
    int lanes = FloatVector.SPECIES_PREFERRED.length();
    System.out.println(System.getProperty("java.vm.info") + ", " + lanes + " lanes");
    System.out.println(new SameDraws().drawn());
  }

  /** A line of all draws, by the same samplers each time. */
  String drawn() {
    List<String> told = new ArrayList<>();
    for (int v = 0; v < VOCABULARIES.length; v++) {
      Random random = new Random(v);
      float[] logits = new float[VOCABULARIES[v]];
      for (int id = 0; id < logits.length; id++) {
        logits[id] = (float) random.nextGaussian() * 3;
      }
      for (SamplingParams params : PARAMS) {
        for (int i = 0; i < DRAWS; i++) {
          told.add(draw(samplers.get(v), logits, params, i));
        }
      }
    }
    return told.stream().collect(Collectors.joining(" "));
  }

  private static String draw(Sampler sampler, float[] logits, SamplingParams params, int index) {
    TokenCounts none = new TokenCounts(params);
    var row = SamplerTest.row(logits);
    int token = sampler.sample(row, 0, params, index, none, Optional.empty());
    double logprob = sampler.logprob(row, 0, token, 2).logprob();
    return token + ":" + Long.toHexString(Double.doubleToLongBits(logprob));
  }
}
