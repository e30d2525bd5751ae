package dev.atrium.audit;

import java.util.BitSet;

/** Which of some numbers stand in order. */
final class Order {

  private Order() {}

  /**
   * The positions of a longest rising run of the numbers, others left out between them (patience sorting,
   * n log n). Negative numbers take no part.
   */
  static BitSet longestRising(int[] numbers) {
    int[] top = new int[numbers.length]; // position of the least end of a run of each length
    int[] before = new int[numbers.length];
    int length = 0;
    for (int i = 0; i < numbers.length; i++) {
      if (numbers[i] < 0) {
        continue;
      }
      int at = length;
      // Nearly all are in order, and go on with the longest run.
      if (length > 0 && numbers[top[length - 1]] >= numbers[i]) {
        at = search(numbers, top, length, numbers[i]);
      }
      before[i] = at == 0 ? -1 : top[at - 1];
      top[at] = i;
      length = Math.max(length, at + 1);
    }
    BitSet in = new BitSet(numbers.length);
    for (int i = length == 0 ? -1 : top[length - 1]; i >= 0; i = before[i]) {
      in.set(i);
    }
    return in;
  }

  private static int search(int[] numbers, int[] top, int length, int wanted) {
    int low = 0;
    int high = length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (numbers[top[middle]] < wanted) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
