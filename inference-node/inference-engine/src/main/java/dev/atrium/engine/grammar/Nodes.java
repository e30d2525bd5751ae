package dev.atrium.engine.grammar;

import java.util.ArrayList;
import java.util.List;

/** Makes the nodes of one grammar, and no more than its bounds. */
final class Nodes {

  static final int MOST = 20_000;
  private static final int STATES = 2_000;
  private static final int ALL_STATES = 20_000;

  private final List<Node> all = new ArrayList<>();
  private final Effort effort = new Effort();
  private int states;

  List<Node> all() {
    return all;
  }

  private <T extends Node> T made(T node) {
    if (all.size() == MOST) {
      throw SchemaException.tooLarge("", "#", "it needs more than " + MOST + " nodes");
    }
    all.add(node);
    return node;
  }

  Node read(Terminal terminal, Node next) {
    return made(new Node.Read(terminal, next));
  }

  Node call(Node rule, Node next) {
    return made(new Node.Call(rule, next));
  }

  Node.Choice choice(Node... ways) {
    Node.Choice choice = made(new Node.Choice());
    choice.ways.addAll(List.of(ways));
    return choice;
  }

  /** Reads what matches an expression; a dead end if nothing does. */
  Node read(Regex regex, Schema schema, String keyword, Node next) {
    try {
      Dfa dfa = Dfa.of(regex, STATES, effort);
      states += dfa.size();
      if (states > ALL_STATES) {
        throw new Dfa.TooLarge(ALL_STATES);
      }
      return dfa.possible() ? read(dfa, next) : choice();
    } catch (TooAmbiguousException _) {
      throw SchemaException.tooLarge(keyword, schema.path(), "takes too long to be made a table");
    } catch (Dfa.TooLarge e) {
      throw SchemaException.tooLarge(keyword, schema.path(), e.getMessage());
    }
  }
}
