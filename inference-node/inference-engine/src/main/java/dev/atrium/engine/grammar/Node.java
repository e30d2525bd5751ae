package dev.atrium.engine.grammar;

import java.util.ArrayList;
import java.util.List;

/**
 * A place in a grammar: what may be read from here on. Nodes refer to one another, also in circles, so
 * they are known by who they are and are finished after they were made; a grammar that was compiled
 * changes no more.
 */
abstract sealed class Node {

  /** No text ends from here. */
  static final int NEVER = Integer.MAX_VALUE;

  /** How deep the stack must get at least on the way from here to the end of the rule. */
  int height = NEVER;

  /** Reads one terminal. */
  static final class Read extends Node {

    final Terminal terminal;
    final Node next;

    Read(Terminal terminal, Node next) {
      this.terminal = terminal;
      this.next = next;
    }
  }

  /** Reads what another place reads to its end, then goes on. */
  static final class Call extends Node {

    final Node rule;
    final Node next;

    Call(Node rule, Node next) {
      this.rule = rule;
      this.next = next;
    }
  }

  /** One of several ways; none is a dead end. */
  static final class Choice extends Node {

    final List<Node> ways = new ArrayList<>();
  }

  /** The end of what was called. */
  static final class End extends Node {

    static final End END = new End();

    private End() {
      height = 0;
    }
  }
}
