package dev.atrium.engine.text.jinja;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** The filters by name, found when a template is compiled. */
final class Filters {

  /** What a filter makes of its input. */
  @FunctionalInterface
  interface Body {
    Value apply(Value input, Arguments args, Evaluator evaluator);
  }

  /** A filter. */
  record Filter(String name, Signature signature, Body body) {}

  private static final Set<String> TAKING_A_TEST = Set.of("select", "reject");
  private static final Set<String> TAKING_AN_ATTRIBUTE = Set.of("selectattr", "rejectattr");

  private static final Map<String, Filter> ALL = new HashMap<>();

  static {
    TextFilters.addTo(ALL);
    ListFilters.addTo(ALL);
    ALL.put("count", ALL.get("length"));
    ALL.put("d", ALL.get("default"));
    ALL.put("e", ALL.get("escape"));
  }

  private Filters() {}

  static void add(
    Map<String, Filter> to,
    String name,
    int required,
    Body body,
    String... parameters
  ) {
    to.put(name, new Filter(name, Signature.of(name, required, parameters), body));
  }

  static Filter find(String name, At at) {
    Filter filter = ALL.get(name);
    if (filter == null) {
      throw new JinjaException(at, "the filter \"" + name + "\" is not supported");
    }
    return filter;
  }

  /** At run time, for a filter whose name is computed. */
  static Filter find(String name) {
    Filter filter = ALL.get(name);
    if (filter == null) {
      throw new Fault("the filter \"" + name + "\" is not supported");
    }
    return filter;
  }

  /** Filters and tests that are named in arguments: {@code map('trim')}, {@code select('odd')}. */
  static void checkNested(String filter, Expr.Args args, At at) {
    int index = TAKING_AN_ATTRIBUTE.contains(filter) ? 1 : 0;
    if (
      args.positional().size() > index &&
      args.positional().get(index) instanceof Expr.Literal(At place, Str name)
    ) {
      if (filter.equals("map")) {
        find(name.text(), place);
      } else if (index == 1 || TAKING_A_TEST.contains(filter)) {
        Tests.find(name.text(), place);
      }
    }
    if (
      filter.equals("map") && args.positional().isEmpty() && !args.named().containsKey("attribute")
    ) {
      throw new JinjaException(at, "map needs a filter or an attribute");
    }
  }
}
