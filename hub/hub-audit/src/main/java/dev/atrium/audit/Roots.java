package dev.atrium.audit;

import dev.atrium.audit.Finding.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The roots that checkpoints tell, and whether the leaves lead to them. From each checkpoint whose
 * frontier is known the check begins anew, so that a fault between two of them hides none behind it.
 */
final class Roots {

  /** A root that is believed. */
  private record Root(String hash, Optional<Frontier> frontier) {}

  /** Those whose signature was right already; there may be very many, and each takes a while. */
  private final Set<SignedCheckpoint> checked = new HashSet<>();
  private final TreeMap<Long, Root> roots = new TreeMap<>();
  private final List<Finding> findings = new ArrayList<>();
  private long anchored;
  private long proven;

  /** From off the host, checked by itself; believed whatever the export says. */
  void anchor(Anchor anchor) {
    Checkpoint c = anchor.checkpoint().checkpoint();
    checked.add(anchor.checkpoint());
    anchor(c, Optional.of(Frontier.of(c.treeSize(), HexFormat.of().parseHex(anchor.frontier()))));
  }

  /** From off the host, with nothing else. */
  void anchor(SignedCheckpoint bare) {
    anchor(bare.checkpoint(), Optional.empty());
  }

  private void anchor(Checkpoint checkpoint, Optional<Frontier> frontier) {
    Root known = roots.get(checkpoint.treeSize());
    if (known != null && !known.hash().equals(checkpoint.root())) {
      throw new IllegalArgumentException(
        "two checkpoints of " +
        checkpoint.treeSize() +
        " leaves that were given say different roots"
      );
    }
    if (known == null || known.frontier().isEmpty()) {
      roots.put(checkpoint.treeSize(), new Root(checkpoint.root(), frontier));
    }
    anchored = Math.max(anchored, checkpoint.treeSize());
  }

  /** Those of the export; to be called after the anchors were told. */
  void exported(List<ExportLine.Signed> all, Map<String, CheckpointKey> keys) {
    Set<Long> expected = new TreeSet<>(roots.keySet());
    long newest = 0;
    for (ExportLine.Signed signed : all) {
      Checkpoint c = signed.checkpoint().checkpoint();
      CheckpointKey key = keys.get(signed.checkpoint().keyId());
      newest = Math.max(newest, c.treeSize());
      expected.remove(c.treeSize());
      boolean right =
        checked.contains(signed.checkpoint()) || (key != null && key.verifies(signed.checkpoint()));
      if (!right) {
        bad(c.treeSize(), "its signature is not right");
        continue;
      }
      take(signed, c);
    }
    for (long size : expected) {
      if (size < newest) {
        bad(size, "it is missing");
      }
    }
  }

  private void take(ExportLine.Signed signed, Checkpoint c) {
    Optional<Frontier> frontier = signed.frontier();
    if (frontier.isPresent() && !hex(frontier.get().root()).equals(c.root())) {
      bad(c.treeSize(), "its frontier is not that of its root");
      frontier = Optional.empty();
    }
    Root known = roots.get(c.treeSize());
    if (known != null && !known.hash().equals(c.root())) {
      bad(c.treeSize(), "another root was signed before");
    } else if (known == null || known.frontier().isEmpty()) {
      roots.put(c.treeSize(), new Root(c.root(), frontier));
    }
  }

  private void bad(long size, String note) {
    findings.add(Finding.leaves(Kind.CHECKPOINT, size, size, note));
  }

  /** How many leaves the newest of them covers; 0 without one. */
  long newest() {
    return roots.isEmpty() ? 0 : roots.lastKey();
  }

  /** How many leaves the newest from off the host covers. */
  long anchored() {
    return anchored;
  }

  /** How many leaves the newest covers to which the leaves have led. */
  long proven() {
    return proven;
  }

  /**
   * Whether the leaves lead to the roots.
   *
   * @param exact what is known to be wrong already; a range that holds such a thing needs no other word
   */
  List<Finding> check(Reference leaves, List<Finding> exact) {
    Optional<Frontier> here = Optional.of(new Frontier());
    long from = 0;
    for (var entry : roots.entrySet()) {
      long size = entry.getKey();
      Root root = entry.getValue();
      here = here.flatMap(f -> extend(f, size, leaves));
      if (here.isPresent() && hex(here.get().root()).equals(root.hash())) {
        proven = size;
      } else {
        unproven(from, size, exact);
        here = root.frontier().map(Frontier::copy);
      }
      from = size;
    }
    return findings;
  }

  private static Optional<Frontier> extend(Frontier frontier, long size, Reference leaves) {
    while (frontier.size() < size) {
      int next = Math.toIntExact(frontier.size());
      if (!leaves.knows(next)) {
        return Optional.empty();
      }
      frontier.append(leaves.get(next));
    }
    return Optional.of(frontier);
  }

  private void unproven(long from, long size, List<Finding> exact) {
    boolean explained = exact
      .stream()
      .filter(f -> f.kind() != Kind.DAMAGED_LINE && f.kind() != Kind.CHECKPOINT)
      .anyMatch(f -> f.from() < size && f.through() >= from);
    if (!explained) {
      findings.add(
        Finding.leaves(
          Kind.ALTERED,
          from,
          size - 1,
          "or missing, or reordered, at least one of them: they do not lead to the signed root"
        )
      );
    }
  }

  private static String hex(byte[] hash) {
    return HexFormat.of().formatHex(hash);
  }
}
