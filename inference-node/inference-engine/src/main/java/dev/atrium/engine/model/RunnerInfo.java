package dev.atrium.engine.model;

/**
 * What a runner tells about the model in it.
 *
 * @param name the model's name, by default the name of its directory
 * @param weightsHash hex hash over the configuration and the weights
 * @param contextLength most tokens that one sequence may hold
 * @param cacheTokens size of the cache arena in tokens, for all sequences together
 * @param adapters how many adapters are loaded; spans may use 0 to this number
 * @param device the machine part it runs on, for people ({@code cpu}, {@code cuda:0})
 * @param memory what it was planned to take
 */
public record RunnerInfo(
  String name,
  String weightsHash,
  int contextLength,
  int vocabSize,
  long parameters,
  Precision precision,
  int cacheTokens,
  int adapters,
  String device,
  MemoryPlan memory
) {
  /**
   * libtorch would read or write elsewhere rather than complain about some of these.
   *
   * @throws IllegalArgumentException if a span asks for what is not there
   */
  public void check(Span span) {
    int end = span.position() + span.tokens().length;
    if (end > contextLength || span.cacheStart() + end > cacheTokens) {
      throw new IllegalArgumentException("a span ends past the context or the cache: " + end);
    }
    if (span.adapter() > adapters) {
      throw new IllegalArgumentException("there is no adapter " + span.adapter());
    }
    for (int id : span.tokens()) {
      if (id < 0 || id >= vocabSize) {
        throw new IllegalArgumentException("token " + id + " is not in the vocabulary");
      }
    }
  }
}
