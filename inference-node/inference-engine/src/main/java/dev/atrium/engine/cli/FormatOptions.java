package dev.atrium.engine.cli;

import dev.atrium.engine.LlmEngine;
import dev.atrium.engine.SamplingParams;
import dev.atrium.engine.grammar.OutputFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The form that an answer must have; free text if neither is said. */
final class FormatOptions {

  @Option(names = "--json-mode", description = "The answer is a JSON object.")
  private boolean json;

  @Option(
    names = "--schema",
    paramLabel = "FILE",
    description = "The answer is valid against this JSON schema."
  )
  private Path schema;

  SamplingParams over(LlmEngine engine, SamplingParams params) {
    return engine.grammar(format()).map(params::withGrammar).orElse(params);
  }

  private OutputFormat format() {
    if (schema == null) {
      return json ? OutputFormat.JSON : OutputFormat.FREE;
    }
    try {
      return new OutputFormat.JsonSchema(Files.readString(schema));
    } catch (IOException e) {
      throw new IllegalArgumentException("the schema can't be read: " + e.getMessage(), e);
    }
  }
}
