package dev.atrium.admin;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code deploy/atrium sensitive …}. */
@Command(
  name = "sensitive",
  description = "Sensitive data in what people send: what becomes of it, and the company's words.",
  mixinStandardHelpOptions = true,
  subcommands = { TreatmentCommand.class, WordsCommand.class }
)
final class SensitiveCommand implements Runnable {

  @Spec
  private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Which command of `sensitive`?");
  }
}
