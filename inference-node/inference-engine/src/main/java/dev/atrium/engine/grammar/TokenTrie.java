package dev.atrium.engine.grammar;

import dev.atrium.engine.text.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The vocabulary's texts as one tree of bytes, in the order in which it is walked, so that a walk is
 * a run through arrays, and a byte that can't come skips all tokens that begin with it. Tokens
 * without a text, the special ones among them, are not in it. Immutable.
 */
final class TokenTrie {

  static final int ROOT = 0;

  private final int vocabSize;
  private final byte[] labels;
  private final int[] ends;
  private final short[] depths;
  /** Tokens of a node are those of {@code ids} from its own start to the next node's. */
  private final int[] starts;
  private final int[] ids;
  private final int longest;
  private final byte[][] texts;

  private TokenTrie(int vocabSize, byte[][] texts, List<Integer> sorted, int nodes, int longest) {
    this.vocabSize = vocabSize;
    this.texts = texts;
    this.longest = longest;
    labels = new byte[nodes];
    ends = new int[nodes];
    depths = new short[nodes];
    starts = new int[nodes + 1];
    ids = new int[sorted.size()];
    fill(sorted);
  }

  /** @param vocabSize of the network: it may have more tokens than the tokenizer */
  static TokenTrie of(Tokenizer tokenizer, int vocabSize) {
    byte[][] texts = new byte[vocabSize][];
    List<Integer> sorted = new ArrayList<>();
    for (int id = 0; id < vocabSize; id++) {
      texts[id] = tokenizer.plainBytes(id);
      if (texts[id].length > 0 && texts[id].length < Short.MAX_VALUE) {
        sorted.add(id);
      }
    }
    sorted.sort((a, b) -> Arrays.compareUnsigned(texts[a], texts[b]));
    int nodes = 1;
    int longest = 0;
    byte[] last = {};
    for (int id : sorted) {
      nodes += texts[id].length - common(last, texts[id]);
      longest = Math.max(longest, texts[id].length);
      last = texts[id];
    }
    return new TokenTrie(vocabSize, texts, sorted, nodes, longest);
  }

  private static int common(byte[] a, byte[] b) {
    int different = Arrays.mismatch(a, b);
    return different < 0 ? a.length : different;
  }

  private void fill(List<Integer> sorted) {
    int[] path = new int[longest + 1];
    int nodes = 1;
    byte[] last = {};
    for (int i = 0; i < ids.length; i++) {
      byte[] text = texts[sorted.get(i)];
      int shared = common(last, text);
      for (int depth = last.length; depth > shared; depth--) {
        ends[path[depth]] = nodes;
      }
      for (int depth = shared + 1; depth <= text.length; depth++) {
        path[depth] = nodes;
        labels[nodes] = text[depth - 1];
        depths[nodes] = (short) depth;
        starts[nodes] = i;
        nodes++;
      }
      ids[i] = sorted.get(i);
      last = text;
    }
    for (int depth = last.length; depth >= 0; depth--) {
      ends[path[depth]] = nodes;
    }
    starts[nodes] = ids.length;
  }

  int vocabSize() {
    return vocabSize;
  }

  int nodes() {
    return labels.length;
  }

  /** Bytes of the longest text. */
  int longest() {
    return longest;
  }

  /** The text of a token; empty for what has none. */
  byte[] text(int id) {
    return texts[id];
  }

  int label(int node) {
    return labels[node] & 0xff;
  }

  /** One past the last node below this one. */
  int end(int node) {
    return ends[node];
  }

  int depth(int node) {
    return depths[node];
  }

  boolean isLeaf(int node) {
    return ends[node] == node + 1;
  }

  void addTokens(int node, TokenMask to) {
    for (int i = starts[node]; i < starts[node + 1]; i++) {
      to.add(ids[i]);
    }
  }

  int tokens(int node) {
    return starts[node + 1] - starts[node];
  }

  int token(int node, int index) {
    return ids[starts[node] + index];
  }
}
