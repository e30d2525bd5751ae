package dev.atrium.engine.reply;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.engine.reply.ReplyFormat.Calls;
import dev.atrium.engine.reply.ReplyPart.Answer;
import dev.atrium.engine.reply.ReplyPart.Thought;
import dev.atrium.engine.reply.ReplyPart.ToolCall;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Answers as the families write them, whole and cut anywhere. */
class ReplyParserTest {

  private static final ReplyFormat QWEN3 = new ReplyFormat(true, false, Calls.TAGGED);
  private static final ReplyFormat OPENED = new ReplyFormat(true, true, Calls.TAGGED);
  private static final ReplyFormat NO_TOOLS = new ReplyFormat(true, false, Calls.NONE);
  private static final ReplyFormat MISTRAL = new ReplyFormat(false, false, Calls.LISTED);
  private static final ReplyFormat LLAMA = new ReplyFormat(false, false, Calls.BARE);
  private static final ToolCall HANOI = new ToolCall("weather", "{\"place\":\"河内\"}");
  private static final String HANOI_CALL =
    "{\"name\": \"weather\", \"arguments\": {\"place\": \"河内\"}}";

  static Stream<Arguments> answers() {
    return Stream.of(
      row(QWEN3, "Hello.\n", new Answer("Hello.\n")),
      row(QWEN3, "", new Answer[0]),
      row(
        QWEN3,
        "<think>\nHm, 你好.\n</think>\n\nHi!",
        new Thought("Hm, 你好."),
        new Answer("Hi!")
      ),
      row(QWEN3, "<think>\n\n</think>\n\nHi!", new Answer("Hi!")),
      row(QWEN3, "<think>cut off ", new Thought("cut off")),
      row(QWEN3, "<thin ice", new Answer("<thin ice")),
      row(QWEN3, "a <think>b</think>", new Answer("a <think>b</think>")),
      row(OPENED, "so </thin> k\n</think>\nyes", new Thought("so </thin> k"), new Answer("yes")),
      row(
        QWEN3,
        "<think>t</think>\n\nLet me see.\n<tool_call>\n" + HANOI_CALL + "\n</tool_call>\n",
        new Thought("t"),
        new Answer("Let me see."),
        HANOI
      ),
      row(
        QWEN3,
        "<tool_call>" + HANOI_CALL + "</tool_call>\n<tool_call>" + HANOI_CALL + "</tool_call> ok",
        HANOI,
        HANOI,
        new Answer("ok")
      ),
      row(
        QWEN3,
        "a <tool_call>{\"name\": oops}</tool_call> b",
        new Answer("a"),
        new Answer("<tool_call>{\"name\": oops}</tool_call> b")
      ),
      row(
        QWEN3,
        "a<tool_call>{\"name\": \"cut",
        new Answer("a"),
        new Answer("<tool_call>{\"name\": \"cut")
      ),
      row(
        NO_TOOLS,
        "<think>t</think><tool_call>x</tool_call>",
        new Thought("t"),
        new Answer("<tool_call>x</tool_call>")
      ),
      row(MISTRAL, "[TOOL_CALLS][" + HANOI_CALL + "," + HANOI_CALL + "]", HANOI, HANOI),
      row(MISTRAL, "[TOOL_CALLS]weather[ARGS]{\"place\": \"河内\"}", HANOI),
      row(
        MISTRAL,
        "Now [1] [TOOL_CALLS] weather{\"place\": \"河内\"}[TOOL_CALLS]clock{}",
        new Answer("Now [1]"),
        HANOI,
        new ToolCall("clock", "{}")
      ),
      row(MISTRAL, "[TOOL_CALLS]", new Answer("[TOOL_CALLS]")),
      row(LLAMA, "{\"name\": \"weather\", \"parameters\": {\"place\": \"河内\"}}", HANOI),
      row(LLAMA, "<|python_tag|>" + HANOI_CALL + "; " + HANOI_CALL, HANOI, HANOI),
      row(LLAMA, "{\"a\": \"}\"} is JSON", new Answer("{\"a\": \"}\"} is JSON")),
      row(LLAMA, "<|python_tag|>print(1)", new Answer("<|python_tag|>print(1)")),
      row(LLAMA, "Say {\"name\": \"x\"}", new Answer("Say {\"name\": \"x\"}")),
      row(
        QWEN3,
        "<tool_call>{\"name\":\"f\",\"arguments\":\"{\\\"a\\\":1.10}\"}</tool_call>",
        new ToolCall("f", "{\"a\":1.10}")
      )
    );
  }

  private static Arguments row(ReplyFormat format, String answer, ReplyPart... parts) {
    return Arguments.of(format, answer, List.of(parts));
  }

  @ParameterizedTest
  @MethodSource("answers")
  void isTakenApartHoweverItIsCut(ReplyFormat format, String answer, List<ReplyPart> parts) {
    assertThat(joined(parse(format, List.of(answer)))).isEqualTo(joined(parts));
    assertThat(joined(parse(format, List.of(answer.split(""))))).isEqualTo(joined(parts));
    SplittableRandom random = new SplittableRandom(3);
    for (int round = 0; round < 100; round++) {
      List<String> pieces = new ArrayList<>();
      for (int at = 0; at < answer.length(); ) {
        int to = Math.min(answer.length(), at + 1 + random.nextInt(9));
        pieces.add(answer.substring(at, to));
        at = to;
      }
      assertThat(joined(parse(format, pieces))).as("%s", pieces).isEqualTo(joined(parts));
    }
  }

  @Test
  void whatIsCertainComesAtOnce() {
    ReplyParser parser = new ReplyParser(QWEN3);
    assertThat(parser.next("<think>")).isEmpty();
    assertThat(parser.next("so ")).containsExactly(new Thought("so"));
    assertThat(parser.next("it is</th")).containsExactly(new Thought(" it is"));
    assertThat(parser.next("ink>")).isEmpty();
    assertThat(parser.next("\n\nYes")).containsExactly(new Answer("Yes"));
    assertThat(parser.next(", yes <")).containsExactly(new Answer(", yes"));
    assertThat(parser.next("b>")).containsExactly(new Answer(" <b>"));
  }

  @Test
  void aCallWithoutEndIsNotHeldForEver() {
    ReplyParser parser = new ReplyParser(QWEN3);
    assertThat(parser.next("<tool_call>" + "x".repeat(50_001))).hasSize(1);
    assertThat(parser.next("y")).containsExactly(new Answer("y"));
  }

  @Test
  void theTemplateTellsTheMarks() {
    assertThat(ReplyFormat.of("{% if '</think>' in c %}{% endif %}<tool_call>")).isEqualTo(QWEN3);
    assertThat(ReplyFormat.of("[TOOL_CALLS][AVAILABLE_TOOLS]")).isEqualTo(MISTRAL);
    assertThat(ReplyFormat.of("{{ '<|python_tag|>' }}")).isEqualTo(LLAMA);
    assertThat(ReplyFormat.of("{{ messages }}")).isEqualTo(ReplyFormat.PLAIN);
    assertThat(QWEN3.after("<|im_start|>assistant\n<think>\n", true)).isEqualTo(OPENED);
    assertThat(QWEN3.after("<think>\n\n</think>\n\n", false)).isEqualTo(NO_TOOLS);
  }

  private static List<ReplyPart> parse(ReplyFormat format, List<String> pieces) {
    ReplyParser parser = new ReplyParser(format);
    List<ReplyPart> parts = new ArrayList<>();
    pieces.forEach(piece -> parts.addAll(parser.next(piece)));
    parts.addAll(parser.end());
    return parts;
  }

  /** Pieces that follow one another as one. */
  private static List<ReplyPart> joined(List<ReplyPart> parts) {
    List<ReplyPart> joined = new ArrayList<>();
    for (ReplyPart part : parts) {
      ReplyPart last = joined.isEmpty() ? null : joined.getLast();
      if (part instanceof Thought(String more) && last instanceof Thought(String text)) {
        joined.set(joined.size() - 1, new Thought(text + more));
      } else if (part instanceof Answer(String more) && last instanceof Answer(String text)) {
        joined.set(joined.size() - 1, new Answer(text + more));
      } else {
        joined.add(part);
      }
    }
    return joined;
  }
}
