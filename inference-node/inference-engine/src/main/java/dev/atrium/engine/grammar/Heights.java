package dev.atrium.engine.grammar;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * Works out how deep the stack must get from each node at least. What never ends keeps {@link
 * Node#NEVER}; a matcher that is bound to a depth so takes no way that would need more.
 */
final class Heights {

  private final Map<Node, List<Node>> before = new IdentityHashMap<>();
  private final Deque<Node> changed = new ArrayDeque<>();

  private Heights() {}

  static void measure(Collection<Node> nodes) {
    Heights heights = new Heights();
    nodes.forEach(heights::link);
    nodes.forEach(heights::update);
    while (!heights.changed.isEmpty()) {
      heights.before.getOrDefault(heights.changed.pop(), List.of()).forEach(heights::update);
    }
  }

  private void link(Node node) {
    switch (node) {
      case Node.Read read -> after(read.next, node);
      case Node.Call call -> {
        after(call.rule, node);
        after(call.next, node);
      }
      case Node.Choice choice -> choice.ways.forEach(way -> after(way, node));
      case Node.End _ -> {}
    }
  }

  private void after(Node next, Node node) {
    before.computeIfAbsent(next, _ -> new ArrayList<>()).add(node);
  }

  private void update(Node node) {
    int height = switch (node) {
      case Node.Read read -> read.next.height;
      case Node.Call call -> ofCall(call);
      case Node.Choice choice -> choice.ways
        .stream()
        .mapToInt(way -> way.height)
        .min()
        .orElse(Node.NEVER);
      case Node.End _ -> 0;
    };
    if (height < node.height) {
      node.height = height;
      changed.push(node);
    }
  }

  private static int ofCall(Node.Call call) {
    if (call.rule.height == Node.NEVER || call.next.height == Node.NEVER) {
      return Node.NEVER;
    }
    // What is called last needs no place to come back to.
    int pushed = call.next == Node.End.END ? 0 : 1;
    return Math.max(call.rule.height + pushed, call.next.height);
  }
}
