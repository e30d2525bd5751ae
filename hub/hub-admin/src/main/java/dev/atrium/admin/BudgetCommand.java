package dev.atrium.admin;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code deploy/atrium budget …}. Amounts are in units of the organisation's currency. */
@Command(
  name = "budget",
  description = "Prices, and what may be spent.",
  mixinStandardHelpOptions = true,
  subcommands = {
    AccountTasks.Show.class,
    AccountTasks.Set.class,
    IncreaseTasks.Raise.class,
    IncreaseTasks.Raises.class,
    IncreaseTasks.Lower.class,
    AccountTasks.Alerts.class,
    ProjectTask.class,
    OrganisationTask.class,
    RebuildTask.class,
    PriceCommand.class,
  }
)
final class BudgetCommand implements Runnable {

  @Spec
  private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Which command of `budget`?");
  }
}
