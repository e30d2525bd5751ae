package dev.atrium.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ErrorCodeTest {

  private static final Pattern ARG = Pattern.compile("\\{(\\w+)}");

  @ParameterizedTest
  @EnumSource
  void bothLanguagesUseTheSameDeclaredArguments(ErrorCode code) {
    assertThat(code.args()).containsAll(used(code.template("en")));
    assertThat(used(code.template("zh"))).isEqualTo(used(code.template("en")));
  }

  @ParameterizedTest
  @EnumSource
  void isFoundByItsNameOnTheWire(ErrorCode code) {
    assertThat(ErrorCode.of(code.code())).contains(code);
    assertThat(code.code()).matches("[a-z_]+");
    assertThat(code.http()).isBetween(400, 599);
  }

  @Test
  void fillsTheSentenceInTheReadersLanguage() {
    Map<String, Object> args = Map.of("model", "gpt-9");
    assertThat(ErrorCode.MODEL_UNKNOWN.message("en", args)).isEqualTo("There is no model “gpt-9”.");
    assertThat(ErrorCode.MODEL_UNKNOWN.message("zh-CN", args)).isEqualTo("没有名为“gpt-9”的模型。");
    assertThat(ErrorCode.MODEL_UNKNOWN.message("en", Map.of())).isEqualTo("There is no model “…”.");
  }

  @Test
  void noSentenceIsSaidTwice() {
    Set<String> seen = new HashSet<>();
    for (ErrorCode code : ErrorCode.values()) {
      assertThat(seen.add(code.template("en"))).as(code.code()).isTrue();
      assertThat(seen.add(code.template("zh"))).as(code.code()).isTrue();
    }
  }

  private static Set<String> used(String template) {
    Set<String> names = new HashSet<>();
    Matcher m = ARG.matcher(template);
    while (m.find()) {
      names.add(m.group(1));
    }
    return names;
  }
}
