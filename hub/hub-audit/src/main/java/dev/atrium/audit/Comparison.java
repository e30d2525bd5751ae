package dev.atrium.audit;

import dev.atrium.audit.Finding.Kind;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Finds for each record of an export the leaf that it was sealed as, and names what has none, what
 * stands elsewhere, and what is left over. Records are known by their hashes, so it does not matter what
 * numbers the lines bear.
 */
final class Comparison {

  private static final int NOWHERE = -1;

  private final Exported exported;
  private final Reference reference;
  private final long size;
  private final List<Finding> findings = new ArrayList<>();
  /** By line, the leaf that its record was sealed as. */
  private final int[] home;
  /** Leaves whose record was found, or whose loss is explained. */
  private final BitSet accounted = new BitSet();
  private final BitSet found = new BitSet();

  /**
   * A comparison that is yet to be made.
   *
   * @param size how many leaves there should be
   */
  Comparison(Exported exported, Reference reference, long size) {
    this.exported = exported;
    this.reference = reference;
    this.size = size;
    this.home = new int[exported.lines()];
  }

  List<Finding> run() {
    List<Integer> elsewhere = inPlace();
    List<Integer> strangers = locate(elsewhere);
    assign(strangers);
    nameReordered();
    nameMissing();
    return findings;
  }

  /** Records that are what their line's number says; the other lines. */
  private List<Integer> inPlace() {
    List<Integer> rest = new ArrayList<>();
    for (int line = 0; line < home.length; line++) {
      int label = exported.label(line);
      var hash = exported.hash(line);
      if (hash.isPresent() && reference.is(label, hash.get()) && !found.get(label)) {
        find(line, label);
        if (exported.storedDiffers(line)) {
          add(Kind.ALTERED, label, line, "its stored hash");
        }
      } else {
        home[line] = NOWHERE;
        rest.add(line);
      }
    }
    return rest;
  }

  private void find(int line, int leaf) {
    home[line] = leaf;
    found.set(leaf);
    accounted.set(leaf);
  }

  /** Records that were sealed as another leaf; the lines whose record was never sealed as it is. */
  private List<Integer> locate(List<Integer> lines) {
    List<Integer> strangers = new ArrayList<>();
    for (int line : lines) {
      var hash = exported.hash(line);
      if (hash.isEmpty()) {
        accounted.set(exported.label(line));
        add(Kind.MISSING, exported.label(line), line, "there is a leaf but no record");
        continue;
      }
      OptionalInt leaf = reference.find(hash.get());
      if (leaf.isPresent() && !found.get(leaf.getAsInt())) {
        find(line, leaf.getAsInt());
      } else if (leaf.isPresent()) {
        add(Kind.ADDED, exported.label(line), line, "it stands twice");
      } else {
        strangers.add(line);
      }
    }
    return strangers;
  }

  /** Each leaf without a record was altered if a line can be taken for it. */
  private void assign(List<Integer> strangers) {
    Map<Long, Integer> byId = new HashMap<>();
    if (!strangers.isEmpty()) {
      for (int leaf = 0; leaf < reference.length(); leaf++) {
        int open = leaf;
        if (!accounted.get(leaf)) {
          reference.record(leaf).ifPresent(id -> byId.put(id, open));
        }
      }
    }
    for (int line : strangers) {
      int leaf = byId.getOrDefault(exported.id(line), exported.label(line));
      if (leaf >= size || accounted.get(leaf)) {
        leaf = line == 0 ? 0 : home[line - 1] + 1;
      }
      if (leaf >= size || accounted.get(leaf)) {
        add(Kind.ADDED, exported.label(line), line, "");
      } else {
        accounted.set(leaf);
        home[line] = leaf;
        add(Kind.ALTERED, leaf, line, "");
      }
    }
  }

  private void nameReordered() {
    BitSet ordered = Order.longestRising(home);
    int first = NOWHERE;
    for (int line = 0; line < home.length; line++) {
      if (home[line] == NOWHERE) {
        continue;
      }
      if (!ordered.get(line)) {
        add(Kind.REORDERED, home[line], line, "it stands as leaf " + exported.label(line));
      } else if (shift(line) != 0) {
        first = first == NOWHERE ? home[line] : first;
        if (line + 1 == home.length || !ordered.get(line + 1) || shift(line + 1) != shift(line)) {
          findings.add(Finding.leaves(Kind.RENUMBERED, first, home[line], "by " + -shift(line)));
          first = NOWHERE;
        }
      }
    }
  }

  /** How much less a line's number is than that of its leaf. */
  private int shift(int line) {
    return home[line] - exported.label(line);
  }

  private void nameMissing() {
    int last = accounted.length() - 1;
    for (int leaf = accounted.nextClearBit(0); leaf < size; ) {
      int next = accounted.nextSetBit(leaf);
      long through = next < 0 ? size - 1 : next - 1;
      if (leaf > last) {
        findings.add(Finding.leaves(Kind.CUT_OFF, leaf, through, "the log was longer"));
        return;
      }
      if (leaf == through) {
        findings.add(Finding.leaf(Kind.MISSING, leaf, reference.record(leaf), ""));
      } else {
        findings.add(Finding.leaves(Kind.MISSING, leaf, through, ""));
      }
      leaf = accounted.nextClearBit((int) through + 1);
    }
  }

  private void add(Kind kind, long leaf, int line, String note) {
    findings.add(Finding.leaf(kind, leaf, OptionalLong.of(exported.id(line)), note));
  }
}
