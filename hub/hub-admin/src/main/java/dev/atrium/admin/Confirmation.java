package dev.atrium.admin;

import java.io.Console;
import picocli.CommandLine.Option;

/** Asks before what can't be undone. To be mixed into commands that do such things. */
final class Confirmation {

  @Option(names = "--yes", description = "Do it without asking.")
  private boolean yes;

  /** Goes on only if somebody says yes; without a terminal nobody can. */
  void ask(String whatHappens) {
    if (yes) {
      return;
    }
    Console console = System.console();
    if (console == null || !console.isTerminal()) {
      throw new AdminException(
        AdminException.USAGE,
        whatHappens + " This can't be undone; say --yes if that is what you want."
      );
    }
    String answer = console.readLine("%s This can't be undone. Go on? [y/N] ", whatHappens);
    if (answer == null || !answer.strip().equalsIgnoreCase("y")) {
      throw new AdminException(AdminException.FAILED, "Nothing was done.");
    }
  }
}
