package dev.atrium.engine.reply;

/** A piece of what a model said, by what it is. */
public sealed interface ReplyPart {
  /** What it thought before it answered; pieces of it follow one another. */
  record Thought(String text) implements ReplyPart {}

  /** What it said; pieces of it follow one another. */
  record Answer(String text) implements ReplyPart {}

  /**
   * A tool that it wants called.
   *
   * @param arguments a JSON object, as text
   */
  record ToolCall(String name, String arguments) implements ReplyPart {}
}
