package dev.atrium.engine.text.jinja;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The names that a template gives to things, and those that it calls; a call of a name that nothing
 * in the template defines is a function that does not exist.
 */
final class Names {

  private final Set<String> defined = new HashSet<>();
  private final Map<String, At> called = new HashMap<>();

  void defined(String name) {
    defined.add(name);
  }

  void called(String name, At at) {
    called.putIfAbsent(name, at);
  }

  void check() {
    called.forEach((name, at) -> {
      if (!defined.contains(name)) {
        throw new JinjaException(at, "there is no function \"" + name + "\"");
      }
    });
  }
}
