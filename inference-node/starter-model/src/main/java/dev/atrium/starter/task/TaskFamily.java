package dev.atrium.starter.task;

/** Tasks of one kind, in both languages. */
public interface TaskFamily {
  /** One word or two with a hyphen, as it stands in the measures. */
  String name();

  /** One task by chance; it depends on nothing but the draw. */
  Task draw(Draw draw);
}
