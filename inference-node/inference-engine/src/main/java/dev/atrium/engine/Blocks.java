package dev.atrium.engine;

/**
 * Where a prompt is cut. A block is computed as one span, and whether a token begins one depends on its
 * position alone: attention sums in another order for another cut, so the keys and values of a whole
 * block are the same to the last bit in every prompt that has the tokens up to its end. Whatever is
 * used again is therefore used by whole blocks.
 *
 * <p>Blocks get shorter as they have more to look back on: so one block, which nobody may interrupt,
 * takes about as long everywhere. Shorter ones cost nothing that could be measured, since the products
 * take the blocks of a step together.
 */
final class Blocks {

  private static final int[] FROM = { 0, 512, 2_048 };
  private static final int[] LENGTH = { 16, 8, 4 };

  private final int longest;

  /**
   * @param longest most tokens of a block; a step's whole budget, if that is less than ours
   */
  Blocks(int longest) {
    this.longest = longest;
  }

  /** The end of the block that this position lies in. */
  int end(int position) {
    int region = region(position);
    int end = start(position) + length(region);
    return region + 1 < FROM.length ? Math.min(end, FROM[region + 1]) : end;
  }

  /** The start of the block that this position lies in: how many of so many tokens fill blocks. */
  int start(int position) {
    int region = region(position);
    int behind = position - FROM[region];
    return position - (behind % length(region));
  }

  private int length(int region) {
    return Math.min(LENGTH[region], longest);
  }

  private static int region(int position) {
    int region = FROM.length - 1;
    while (position < FROM[region]) {
      region--;
    }
    return region;
  }
}
