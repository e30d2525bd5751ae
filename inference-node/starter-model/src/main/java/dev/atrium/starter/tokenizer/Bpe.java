package dev.atrium.starter.tokenizer;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * A trained byte-level tokenizer: special tokens first, then the 256 bytes, then one token a merge.
 * Encodes as the Hugging Face library does from the same files, or, for training, with merges left
 * out by chance (BPE-dropout, Provilkov et al., 2020), so that a word is met in many cuts.
 */
public final class Bpe {

  /** Two neighbours that become one token. */
  public record Merge(byte[] left, byte[] right) {}

  private final List<String> specials;
  private final List<Merge> merges;
  private final List<byte[]> tokens = new ArrayList<>();
  private final Map<ByteBuffer, Integer> ids = new HashMap<>();
  private final Map<Long, Integer> ranks = new HashMap<>();

  Bpe(List<String> specials, List<Merge> merges) {
    this.specials = List.copyOf(specials);
    this.merges = List.copyOf(merges);
    specials.forEach(special -> tokens.add(Bytes.of(special)));
    for (int b = 0; b < 256; b++) add(new byte[] { (byte) b });
    for (int rank = 0; rank < merges.size(); rank++) {
      var merge = merges.get(rank);
      ranks.put(key(id(merge.left), id(merge.right)), rank);
      var joined = Arrays.copyOf(merge.left, merge.left.length + merge.right.length);
      System.arraycopy(merge.right, 0, joined, merge.left.length, merge.right.length);
      add(joined);
    }
  }

  private void add(byte[] token) {
    ids.putIfAbsent(ByteBuffer.wrap(token), tokens.size());
    tokens.add(token);
  }

  private int id(byte[] token) {
    return ids.get(ByteBuffer.wrap(token));
  }

  private static long key(int left, int right) {
    return ((long) left << 32) | right;
  }

  public int size() {
    return tokens.size();
  }

  public List<String> specials() {
    return specials;
  }

  List<Merge> merges() {
    return merges;
  }

  List<byte[]> tokens() {
    return tokens;
  }

  /**
   * @throws IllegalArgumentException when there is no such special token
   */
  public int special(String token) {
    int id = specials.indexOf(token);
    if (id < 0) throw new IllegalArgumentException("no special token " + token);
    return id;
  }

  /** Plain text only: a special token written in it stays text. */
  public int[] encode(String text) {
    return encode(text, 0, null);
  }

  /**
   * @param dropout the chance that a merge is left out each time it could be made
   */
  public int[] encode(String text, double dropout, RandomGenerator random) {
    var out = new ArrayList<Integer>();
    for (var word : Words.of(text)) {
      var pieces = new ArrayList<Integer>();
      for (byte b : Bytes.of(word)) pieces.add(specials.size() + (b & 0xff));
      while (mergeOnce(pieces, dropout, random)) {}
      out.addAll(pieces);
    }
    return out.stream().mapToInt(Integer::intValue).toArray();
  }

  private boolean mergeOnce(List<Integer> pieces, double dropout, RandomGenerator random) {
    int best = Integer.MAX_VALUE;
    int at = -1;
    for (int i = 0; i + 1 < pieces.size(); i++) {
      var rank = ranks.get(key(pieces.get(i), pieces.get(i + 1)));
      if (rank == null || rank >= best) continue;
      if (dropout > 0 && random.nextDouble() < dropout) continue;
      best = rank;
      at = i;
    }
    if (at < 0) return false;
    pieces.set(at, specials.size() + 256 + best);
    pieces.remove(at + 1);
    return true;
  }

  /** The bytes of the tokens as text; special tokens give nothing. */
  public String decode(int[] tokenIds) {
    var out = new ByteArrayOutputStream();
    for (int id : tokenIds) if (id >= specials.size()) out.writeBytes(tokens.get(id));
    return out.toString(StandardCharsets.UTF_8);
  }
}
