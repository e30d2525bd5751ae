package dev.atrium.engine.text.jinja;

import java.util.List;

/** The {@code loop} of a for statement. */
final class LoopState implements Value {

  private final List<Value> items;
  private int index;
  private List<Value> last;

  LoopState(List<Value> items) {
    this.items = items;
  }

  void moveTo(int newIndex) {
    index = newIndex;
  }

  Value member(String name) {
    int size = items.size();
    return switch (name) {
      case "index" -> new Int(index + 1L);
      case "index0" -> new Int(index);
      case "revindex" -> new Int((long) size - index);
      case "revindex0" -> new Int(size - index - 1L);
      case "first" -> Bool.of(index == 0);
      case "last" -> Bool.of(index == size - 1);
      case "length" -> new Int(size);
      // Depth counts recursive loops only, which there are none of.
      case "depth" -> new Int(1);
      case "depth0" -> new Int(0);
      case "previtem" -> neighbour(index - 1, "there is no previous item");
      case "nextitem" -> neighbour(index + 1, "there is no next item");
      default -> new Undefined("\"loop." + name + "\"");
    };
  }

  private Value neighbour(int at, String absent) {
    return at >= 0 && at < items.size() ? items.get(at) : new Undefined(absent);
  }

  Value cycle(List<Value> choices) {
    if (choices.isEmpty()) {
      throw new Fault("there is nothing to cycle through");
    }
    return choices.get(index % choices.size());
  }

  /** Whether the values differ from those of the last call. */
  Value changed(List<Value> now, Budget budget) {
    boolean same = last != null && Operators.equal(Seq.list(last), Seq.list(now), budget);
    last = now;
    return Bool.of(!same);
  }
}
