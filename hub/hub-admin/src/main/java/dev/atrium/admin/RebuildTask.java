package dev.atrium.admin;

import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code deploy/atrium budget rebuild}. */
@Command(
  name = "rebuild",
  description = "Compares every balance with the ledger and sets it right; with --check only compares. Exit code of --check: 0 if all agree, 2 if not.",
  mixinStandardHelpOptions = true
)
final class RebuildTask extends Task {

  /** Exit code of {@code --check}: something differs. */
  static final int DIFFERENT = 2;

  @Option(names = "--check", description = "Change nothing.")
  private boolean check;

  @Override
  int run(Work work) throws SQLException {
    // Hubs go on meanwhile, or wait: either way one moment of all of it.
    work.change(
      check
        ? "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"
        : "LOCK TABLE budget_balance IN EXCLUSIVE MODE"
    );
    List<Map<String, Object>> balances = work.rows(
      Payer.NAMED +
      """
      SELECT n.account, d.account_id, d.period_start::text AS since, d.reserved_micros, d.spent_micros,
        d.ledger_reserved_micros, d.ledger_spent_micros
      FROM budget_differences() d JOIN named n ON n.id = d.account_id ORDER BY 1, 2"""
    );
    List<Map<String, Object>> attempts = work.rows(
      """
      SELECT generation_id, attempt, settled_micros, ledger_spent_micros, ledger_reserved_micros
      FROM budget_unpaid() ORDER BY 1, 2"""
    );
    if (check) {
      tell(balances, attempts);
      return balances.isEmpty() && attempts.isEmpty() ? 0 : DIFFERENT;
    }
    work.rows("SELECT budget_rebuild() AS changed");
    if (!balances.isEmpty()) {
      work.record(
        "budget.rebuild",
        "organisation",
        1,
        Map.of("balances", nameless(balances)),
        Map.of()
      );
    }
    tell(balances, attempts);
    return 0;
  }

  /** As a record may have it: with the accounts' ids, not with names of people. */
  private static List<Map<String, Object>> nameless(List<Map<String, Object>> balances) {
    return balances
      .stream()
      .map(row -> {
        Map<String, Object> plain = new LinkedHashMap<>(row);
        plain.remove("account");
        return plain;
      })
      .toList();
  }

  private void tell(List<Map<String, Object>> balances, List<Map<String, Object>> attempts) {
    if (json()) {
      out().println(Work.json(Map.of("balances", balances, "attempts", attempts)));
      return;
    }
    String what = check ? " that differ from the ledger: " : " set right by the ledger: ";
    out().println("Balances" + what + balances.size());
    balances.forEach(row -> out().println("  " + row));
    out().println("Attempts that don't agree with the ledger: " + attempts.size());
    attempts.forEach(row -> out().println("  " + row));
  }
}
