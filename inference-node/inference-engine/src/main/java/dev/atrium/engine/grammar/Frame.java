package dev.atrium.engine.grammar;

import java.util.IdentityHashMap;
import java.util.Map;

/**
 * Where to go on when what was called has ended: a stack whose equal ones are one and the same, so
 * that ways that meet again are seen to have met.
 */
final class Frame {

  final Node next;
  final Frame below;
  final int depth;
  private final Map<Node, Frame> above = new IdentityHashMap<>(2);

  private Frame(Node next, Frame below, int depth) {
    this.next = next;
    this.below = below;
    this.depth = depth;
  }

  /** The empty stack. */
  static Frame bottom() {
    return new Frame(null, null, 0);
  }

  Frame push(Node node) {
    return above.computeIfAbsent(node, _ -> new Frame(node, this, depth + 1));
  }

  boolean isBottom() {
    return below == null;
  }
}
