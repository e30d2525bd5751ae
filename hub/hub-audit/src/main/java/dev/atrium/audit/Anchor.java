package dev.atrium.audit;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A checkpoint as it is kept off the host: with what lets a verifier name a record and not only a range
 * of them. One line of JSON.
 *
 * @param checkpoint with its signature
 * @param key what checks it, X.509 in hex
 * @param frontier of the tree at that size ({@link Frontier#bytes}), hex
 * @param leaves those that came since the checkpoint before, in order; the last is the tree's last.
 *     May be empty.
 */
public record Anchor(SignedCheckpoint checkpoint, String key, String frontier, List<Leaf> leaves) {
  /** The hash of a record and the record's id. */
  public record Leaf(long record, String hash) {}

  public Anchor {
    leaves = List.copyOf(leaves);
  }

  /** The index of the first of the leaves. */
  public long firstLeaf() {
    return checkpoint.checkpoint().treeSize() - leaves.size();
  }

  /** One line, without its end. */
  public String line() {
    Map<String, Object> json = new TreeMap<>();
    json.put("checkpoint", checkpoint.text());
    json.put("key", key);
    json.put("frontier", frontier);
    List<Object> list = new ArrayList<>();
    leaves.forEach(leaf -> list.add(List.of(leaf.record(), leaf.hash())));
    json.put("leaves", list);
    return new String(CanonicalJson.write(json), StandardCharsets.UTF_8);
  }

  /**
   * Reads what {@link #line} wrote, and checks what can be checked by itself: the signature by the key
   * beside it, the frontier by the root.
   *
   * @throws IllegalArgumentException if it is anything else
   */
  public static Anchor parse(String line) {
    Map<String, Object> json = Json.object(line);
    try {
      List<Leaf> leaves = new ArrayList<>();
      for (Object leaf : (List<?>) json.get("leaves")) {
        leaves.add(leaf((List<?>) leaf));
      }
      Anchor anchor = new Anchor(
        SignedCheckpoint.parse((String) json.get("checkpoint")),
        (String) json.get("key"),
        (String) json.get("frontier"),
        leaves
      );
      anchor.check();
      return anchor;
    } catch (ClassCastException | NullPointerException e) {
      throw new IllegalArgumentException("not an anchor", e);
    }
  }

  private static Leaf leaf(List<?> pair) {
    String hash = (String) pair.get(1);
    if (pair.size() != 2 || !hash.matches("[0-9a-f]{64}")) {
      throw new IllegalArgumentException("not a leaf of an anchor");
    }
    return new Leaf((Long) pair.get(0), hash);
  }

  private void check() {
    Checkpoint c = checkpoint.checkpoint();
    Frontier f = Frontier.of(c.treeSize(), HexFormat.of().parseHex(frontier));
    if (
      firstLeaf() < 0 ||
      c.treeSize() > Integer.MAX_VALUE ||
      !HexFormat.of().formatHex(f.root()).equals(c.root()) ||
      !CheckpointKey.of(c.origin(), HexFormat.of().parseHex(key)).verifies(checkpoint)
    ) {
      throw new IllegalArgumentException(
        "the anchor at " + c.treeSize() + " does not fit its own signature"
      );
    }
  }
}
