package dev.atrium.audit;

import java.util.List;

/**
 * What a verifier found.
 *
 * @param records that the export holds
 * @param erased records of which some personal data was erased
 * @param unsealed records that had no leaf when the export was made, and so are not in it
 * @param anchoredThrough how many leaves the newest checkpoint from off the host covers; 0 without one
 * @param signedThrough how many leaves the newest checkpoint covers whose signature and root are right,
 *     wherever it comes from
 * @param findings in the order of the log; empty if nothing is wrong
 */
public record Verdict(
  long records,
  long erased,
  long unsealed,
  long anchoredThrough,
  long signedThrough,
  List<Finding> findings
) {
  public Verdict {
    findings = List.copyOf(findings);
  }

  /** Whether nothing is wrong. */
  public boolean intact() {
    return findings.isEmpty();
  }
}
