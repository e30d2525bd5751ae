package dev.atrium.engine.text.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Whatever is thrown at the interpreter, it answers with text or with its own exception. */
class FuzzTest {

  private static final List<String> PARTS = List.of(
    "{{",
    "}}",
    "{%",
    "%}",
    "{#",
    "#}",
    "-",
    "+",
    "{%-",
    "-%}",
    " ",
    "\n",
    "if",
    "else",
    "elif",
    "endif",
    "for",
    "in",
    "endfor",
    "set",
    "endset",
    "macro",
    "endmacro",
    "raw",
    "endraw",
    "is",
    "not",
    "and",
    "or",
    "x",
    "m",
    "loop",
    "loop.index",
    "namespace",
    "range",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ":",
    ",",
    ".",
    "|",
    "~",
    "*",
    "**",
    "/",
    "//",
    "%",
    "==",
    "!=",
    "<",
    ">=",
    "=",
    "1",
    "2.5",
    "'a'",
    "\"b",
    "\\",
    "none",
    "true",
    "defined",
    "string",
    "trim",
    "tojson",
    "map",
    "'upper'",
    "join",
    "split",
    "items",
    "é",
    "😀",
    "break",
    "continue",
    "generation",
    "x.y",
    "m[0]",
    "::",
    "[::-1]",
    "\r\n",
    "\0",
    "1e999",
    "0x",
    "_",
    "'\\u12'"
  );

  private static final Map<String, Value> VARIABLES = Map.of(
    "x",
    Values.untrusted("some text"),
    "m",
    Values.untrusted(List.of(Map.of("role", "user", "content", "hi"), 1, 2.5, true))
  );

  private final Random random = new Random(7);
  private int compiled;
  private int rendered;

  @Test
  void randomTokens() {
    for (int i = 0; i < rounds(20_000); i++) {
      StringBuilder source = new StringBuilder(random.nextBoolean() ? "{{ " : "{% ");
      int parts = 1 + random.nextInt(12);
      for (int p = 0; p < parts; p++) {
        source
          .append(PARTS.get(random.nextInt(PARTS.size())))
          .append(random.nextInt(3) == 0 ? " " : "");
      }
      source.append(random.nextBoolean() ? " }}" : " %}");
      survives(source.toString());
    }
    assertThat(compiled).isPositive();
  }

  @Test
  void damagedTemplates() throws IOException {
    for (String name : List.of("header-style", "im-style", "inst-style")) {
      String source;
      try (InputStream in = getClass().getResourceAsStream("/jinja/" + name + ".jinja")) {
        source = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      }
      for (int i = 0; i < rounds(1500); i++) {
        survives(damaged(source));
      }
    }
    assertThat(rendered).isPositive();
  }

  private String damaged(String source) {
    StringBuilder text = new StringBuilder(source);
    int changes = 1 + random.nextInt(4);
    for (int c = 0; c < changes; c++) {
      int at = random.nextInt(text.length());
      int end = Math.min(text.length(), at + 1 + random.nextInt(8));
      switch (random.nextInt(4)) {
        case 0 -> text.delete(at, end);
        case 1 -> text.insert(at, PARTS.get(random.nextInt(PARTS.size())));
        case 2 -> text.replace(at, end, PARTS.get(random.nextInt(PARTS.size())));
        default -> text.insert(random.nextInt(text.length()), text.substring(at, end));
      }
    }
    return text.toString();
  }

  private void survives(String source) {
    try {
      Template template = Template.compile(source, Clock.systemUTC());
      compiled++;
      List<Value> messages = new ArrayList<>();
      messages.add(Values.untrusted(Map.of("role", "user", "content", "hi")));
      template.render(
        Map.of(
          "messages",
          Value.Seq.list(messages),
          "x",
          VARIABLES.get("x"),
          "m",
          VARIABLES.get("m")
        )
      );
      rendered++;
    } catch (JinjaException e) {
      assertThat(e.line()).isPositive();
      assertThat(e.column()).isPositive();
      assertThat(e.getMessage()).isNotBlank();
    } catch (RuntimeException e) {
      fail("an unexpected exception for " + source, e);
    }
  }

  private static int rounds(int usual) {
    return Boolean.getBoolean("atrium.long") ? usual * 20 : usual;
  }
}
