package dev.atrium.audit;

import dev.atrium.audit.Finding.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * Says of an export of the audit log what is not as it was sealed. It needs nothing but the export and
 * what was kept off the host: anchors, or bare checkpoints.
 *
 * <p>With anchors that cover the log each record is named that is altered, missing, reordered or cut off.
 * With a bare checkpoint, or the checkpoints of the export alone, a record that was altered together with
 * its stored hash is named as one of those between two checkpoints. Without anything from off the host
 * nobody can say whether the log once was longer, or whether all of it was made anew with a new key.
 */
public final class Verifier {

  private Verifier() {}

  /**
   * Reads an export once. About 150 bytes of memory a record.
   *
   * @param anchors from off the host, in any order
   * @param bare checkpoints from off the host without anything else
   * @throws IllegalArgumentException if this is no export, or the checkpoints are of another log or
   *     contradict each other
   */
  public static Verdict verify(
    InputStream export,
    Collection<Anchor> anchors,
    Collection<SignedCheckpoint> bare
  ) throws IOException {
    Exported exported = Exported.read(export);
    Roots roots = new Roots();
    Map<String, CheckpointKey> keys = new HashMap<>(exported.keys());
    for (Anchor anchor : anchors) {
      Checkpoint c = anchor.checkpoint().checkpoint();
      requireSameLog(exported, c);
      roots.anchor(anchor);
      CheckpointKey key = CheckpointKey.of(c.origin(), HexFormat.of().parseHex(anchor.key()));
      keys.put(key.id(), key);
    }
    for (SignedCheckpoint checkpoint : bare) {
      requireSameLog(exported, checkpoint.checkpoint());
      roots.anchor(checkpoint);
    }
    roots.exported(exported.checkpoints(), keys);
    return compare(exported, new Reference(anchors, exported), roots);
  }

  private static void requireSameLog(Exported exported, Checkpoint checkpoint) {
    exported
      .origin()
      .filter(origin -> !origin.equals(checkpoint.origin()))
      .ifPresent(origin -> {
        throw new IllegalArgumentException(
          "the checkpoint is of the log " + checkpoint.origin() + ", the export of " + origin
        );
      });
  }

  private static Verdict compare(Exported exported, Reference reference, Roots roots) {
    long size = Math.max(
      Math.max(exported.claimedSize(), roots.newest()),
      Math.max(exported.end().map(ExportLine.End::leaves).orElse(0L), reference.length())
    );
    List<Finding> findings = new ArrayList<>(exported.findings());
    findings.addAll(new Comparison(exported, reference, size).run());
    if (exported.end().isEmpty()) {
      findings.add(
        Finding.leaves(Kind.CUT_OFF, exported.lines(), exported.lines(), "the export has no end")
      );
    }
    findings.addAll(roots.check(reference, List.copyOf(findings)));
    findings.sort(Comparator.comparingLong(Finding::from));
    return new Verdict(
      exported.lines(),
      exported.erased(),
      exported.end().map(ExportLine.End::unsealed).orElse(0L),
      roots.anchored(),
      roots.proven(),
      findings
    );
  }
}
