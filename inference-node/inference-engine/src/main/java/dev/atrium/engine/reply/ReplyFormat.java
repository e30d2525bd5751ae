package dev.atrium.engine.reply;

import java.util.ArrayList;
import java.util.List;

/**
 * The marks by which a model tells its thoughts and its calls of tools from its answer, as the chat
 * templates of the families have them: {@code <think>} (Qwen3, SmolLM3), {@code <tool_call>} around a
 * JSON object (Qwen2.5, Qwen3, SmolLM3), {@code [TOOL_CALLS]} before a list of them or before a name
 * (Mistral), an object alone (Llama 3.x).
 *
 * @param thinks whether thoughts are marked
 * @param inThought whether the prompt has opened a thought already
 * @param calls how calls are marked
 */
public record ReplyFormat(boolean thinks, boolean inThought, Calls calls) {
  /** Where the calls of tools are. */
  public enum Calls {
    /** Nowhere, or no tools were offered. */
    NONE,
    /** Each between {@code <tool_call>} and {@code </tool_call>}. */
    TAGGED,
    /** After {@code [TOOL_CALLS]}. */
    LISTED,
    /** The answer is one, or begins with {@code <|python_tag|>}. */
    BARE,
  }

  static final String THINK = "<think>";
  static final String THOUGHT = "</think>";
  static final String CALL = "<tool_call>";
  static final String CALLED = "</tool_call>";
  static final String LIST = "[TOOL_CALLS]";
  static final String ARGUMENTS = "[ARGS]";
  static final String PYTHON = "<|python_tag|>";

  /** Nothing is marked. */
  public static final ReplyFormat PLAIN = new ReplyFormat(false, false, Calls.NONE);

  /** What a chat template's text shows. */
  public static ReplyFormat of(String template) {
    return new ReplyFormat(template.contains(THOUGHT), false, calls(template));
  }

  private static Calls calls(String template) {
    if (template.contains(CALL)) {
      return Calls.TAGGED;
    }
    if (template.contains(LIST)) {
      return Calls.LISTED;
    }
    boolean bare = template.contains(PYTHON) || template.contains("\"parameters\": dictionary");
    return bare ? Calls.BARE : Calls.NONE;
  }

  /**
   * The same for one prompt.
   *
   * @param end the last of its text
   * @param tools whether it offers tools
   */
  public ReplyFormat after(String end, boolean tools) {
    boolean opened = thinks && end.stripTrailing().endsWith(THINK);
    return new ReplyFormat(thinks, opened, tools ? calls : Calls.NONE);
  }

  /** Marks that a tokenizer may hold as control tokens, which have no text otherwise. */
  public List<String> marks() {
    List<String> marks = new ArrayList<>();
    if (thinks) {
      marks.addAll(List.of(THINK, THOUGHT));
    }
    marks.addAll(
      switch (calls) {
        case NONE -> List.of();
        case TAGGED -> List.of(CALL, CALLED);
        case LISTED -> List.of(LIST, ARGUMENTS);
        case BARE -> List.of(PYTHON);
      }
    );
    return marks;
  }
}
