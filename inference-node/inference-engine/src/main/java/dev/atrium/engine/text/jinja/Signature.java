package dev.atrium.engine.text.jinja;

import java.util.List;
import java.util.Set;

/**
 * What arguments a filter, test, function or method takes, so that a wrong call is found when the
 * template is compiled.
 *
 * @param required how many of the parameters have no default
 * @param open whether further arguments of any name and number are taken
 */
record Signature(String owner, List<String> parameters, int required, boolean open) {
  static Signature of(String owner, int required, String... parameters) {
    return new Signature(owner, List.of(parameters), required, false);
  }

  static Signature open(String owner, int required) {
    return new Signature(owner, List.of(), required, true);
  }

  void check(At at, int positional, Set<String> named) {
    int given = positional + named.size();
    if (given < required) {
      throw new JinjaException(at, owner + " needs " + required + " argument(s)");
    }
    if (open) {
      return;
    }
    if (positional > parameters.size()) {
      throw new JinjaException(at, owner + " takes at most " + parameters.size() + " argument(s)");
    }
    for (String name : named) {
      int index = parameters.indexOf(name);
      if (index < 0) {
        throw new JinjaException(at, owner + " takes no argument \"" + name + "\"");
      }
      if (index < positional) {
        throw new JinjaException(at, owner + " gets the argument \"" + name + "\" twice");
      }
    }
    for (int i = positional; i < required; i++) {
      if (!named.contains(parameters.get(i))) {
        throw new JinjaException(at, owner + " needs the argument \"" + parameters.get(i) + "\"");
      }
    }
  }
}
