package dev.atrium.engine;

import dev.atrium.engine.grammar.OutputFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a chat wants beside an answer to its messages.
 *
 * @param format the form that the answer shall have
 * @param tools what the model may call, each as a JSON object of plain Java types: the template's {@code
 *     tools}
 * @param thinking the template's {@code enable_thinking}; left to the template if nothing is said
 * @param parts whether the answer is told in parts, too: thought, answer, calls
 */
public record PromptOptions(
  OutputFormat format,
  List<Map<String, Object>> tools,
  Optional<Boolean> thinking,
  boolean parts
) {
  /** An answer in free text. */
  public static final PromptOptions PLAIN = new PromptOptions(
    OutputFormat.FREE,
    List.of(),
    Optional.empty(),
    false
  );

  public PromptOptions {
    tools = List.copyOf(tools);
  }

  public PromptOptions withFormat(OutputFormat value) {
    return new PromptOptions(value, tools, thinking, parts);
  }
}
