package dev.atrium.starter.tokenizer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeMap;

/**
 * Learns merges from text: again and again the most frequent pair of neighbours becomes one token.
 * Frequent words count less than they occur (power 0.7), because the corpus repeats its answers far
 * more often than anybody repeats himself, and tokens stay short (two Chinese characters, ten
 * letters), so that what was never seen falls into pieces that were.
 */
public final class BpeTrainer {

  private static final int LONGEST = 10;
  private static final int LONGEST_BEYOND_ASCII = 6;
  private static final double DAMPING = 0.7;

  private final List<int[]> words = new ArrayList<>();
  private final List<Long> counts = new ArrayList<>();
  private final List<byte[]> tokens = new ArrayList<>();
  private final List<Bpe.Merge> merges = new ArrayList<>();
  private final Map<Long, Long> pairCounts = new HashMap<>();
  private final Map<Long, Set<Integer>> pairWords = new HashMap<>();
  private final PriorityQueue<Pair> queue = new PriorityQueue<>();

  private record Pair(long key, long count) implements Comparable<Pair> {
    @Override
    public int compareTo(Pair other) {
      int byCount = Long.compare(other.count, count);
      return byCount != 0 ? byCount : Long.compare(key, other.key);
    }
  }

  private BpeTrainer(Iterable<String> texts) {
    for (int b = 0; b < 256; b++) tokens.add(new byte[] { (byte) b });
    var occurrences = new TreeMap<String, Long>();
    for (var text : texts) {
      for (var word : Words.of(text)) occurrences.merge(word, 1L, Long::sum);
    }
    occurrences.forEach((word, count) -> {
      var bytes = Bytes.of(word);
      var ids = new int[bytes.length];
      for (int i = 0; i < ids.length; i++) ids[i] = bytes[i] & 0xff;
      words.add(ids);
      counts.add(Math.round(1000 * StrictMath.pow(count, DAMPING)));
    });
    for (int w = 0; w < words.size(); w++) count(w, words.get(w), counts.get(w), null);
    pairCounts.forEach((key, count) -> queue.add(new Pair(key, count)));
  }

  /**
   * Merges until the vocabulary, specials included, has {@code vocabulary} tokens, or until no pair
   * is left.
   */
  public static Bpe train(Iterable<String> texts, int vocabulary, List<String> specials) {
    var trainer = new BpeTrainer(texts);
    while (trainer.tokens.size() + specials.size() < vocabulary && trainer.mergeBest()) {}
    return new Bpe(specials, trainer.merges);
  }

  private boolean mergeBest() {
    for (var best = queue.poll(); best != null; best = queue.poll()) {
      var current = pairCounts.getOrDefault(best.key, 0L);
      if (current != best.count) {
        if (current > 0) queue.add(new Pair(best.key, current));
        continue;
      }
      int left = (int) (best.key >>> 32);
      int right = (int) best.key;
      var joined = joined(tokens.get(left), tokens.get(right));
      if (!allowed(joined)) {
        pairCounts.remove(best.key);
        continue;
      }
      int id = tokens.size();
      tokens.add(joined);
      merges.add(new Bpe.Merge(tokens.get(left), tokens.get(right)));
      replace(best.key, left, right, id);
      return true;
    }
    return false;
  }

  private static byte[] joined(byte[] left, byte[] right) {
    var all = Arrays.copyOf(left, left.length + right.length);
    System.arraycopy(right, 0, all, left.length, right.length);
    return all;
  }

  private static boolean allowed(byte[] bytes) {
    boolean ascii = true;
    for (byte b : bytes) ascii &= b >= 0;
    if (bytes.length > (ascii ? LONGEST : LONGEST_BEYOND_ASCII)) return false;
    return Bytes.isWholeOrOneBegun(bytes);
  }

  private void replace(long key, int left, int right, int id) {
    var changed = new HashSet<Long>();
    for (int w : pairWords.getOrDefault(key, Set.of()).stream().sorted().toList()) {
      var old = words.get(w);
      count(w, old, -counts.get(w), changed);
      var shorter = new int[old.length];
      int n = 0;
      for (int i = 0; i < old.length; i++) {
        boolean pair = i + 1 < old.length && old[i] == left && old[i + 1] == right;
        shorter[n++] = pair ? id : old[i];
        if (pair) i++;
      }
      words.set(w, Arrays.copyOf(shorter, n));
      count(w, words.get(w), counts.get(w), changed);
    }
    pairCounts.remove(key);
    pairWords.remove(key);
    for (var pair : changed) {
      var count = pairCounts.getOrDefault(pair, 0L);
      if (count > 0) queue.add(new Pair(pair, count));
    }
  }

  private void count(int word, int[] ids, long count, Set<Long> changed) {
    for (int i = 0; i + 1 < ids.length; i++) {
      long key = ((long) ids[i] << 32) | ids[i + 1];
      pairCounts.merge(key, count, Long::sum);
      if (count > 0) pairWords.computeIfAbsent(key, _ -> new HashSet<>()).add(word);
      if (changed != null) changed.add(key);
    }
  }
}
