package dev.atrium.engine.text.jinja;

import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** A compiled template. Immutable; may be rendered by several threads at once. */
public final class Template {

  private final List<Stmt> body;
  private final Clock clock;

  private Template(List<Stmt> body, Clock clock) {
    this.body = body;
    this.clock = clock;
  }

  /**
   * @param clock what {@code strftime_now} reads
   * @throws JinjaException at the first thing that is wrong or not supported
   */
  public static Template compile(String source, Clock clock) {
    return bounded(() -> new Template(Parser.parse(source), clock));
  }

  /**
   * @throws JinjaException if the template raises it, does what can't be done, or takes more work
   *     than a rendering may
   */
  public Str render(Map<String, Value> variables) {
    return bounded(() ->
      new Renderer(clock).render(body, new Scope(null, new HashMap<>(variables)))
    );
  }

  private static <T> T bounded(Supplier<T> work) {
    try {
      return work.get();
    } catch (StackOverflowError _) {
      // The depth limits hold for a thread's default stack; this is for threads with less.
      throw new JinjaException(new At(1, 1), "the template is nested too deeply");
    }
  }
}
