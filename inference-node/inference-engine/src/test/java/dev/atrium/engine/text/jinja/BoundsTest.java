package dev.atrium.engine.text.jinja;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Clock;
import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Templates that would hang a node or fill its memory if they were let. */
class BoundsTest {

  static Stream<String> hostile() {
    String deepList =
      "{% set ns = namespace(a=[], b=[]) %}{% for i in range(9999) %}" +
      "{% set ns.a = [ns.a] %}{% set ns.b = [ns.b] %}{% endfor %}";
    String wideList =
      "{% set ns = namespace(a=[1], b=[1]) %}{% for i in range(60) %}" +
      "{% set ns.a = [ns.a, ns.a] %}{% set ns.b = [ns.b, ns.b] %}{% endfor %}";
    return Stream.of(
      "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
      "{% for a in range(10 ** 18) %}{% endfor %}",
      "{% macro f() %}{{ f() }}{{ f() }}{% endmacro %}{{ f() }}",
      "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(60) }}",
      "{% set ns = namespace(a='ab') %}{% for i in range(99) %}{% set ns.a = ns.a ~ ns.a %}{% endfor %}",
      "{% set ns = namespace(a=[1]) %}{% for i in range(99) %}{% set ns.a = ns.a + ns.a %}{% endfor %}",
      "{% for i in range(99999) %}{{ 'aaaaaaaaaa' * 99 }}{% endfor %}",
      "{{ 'ab' * 10 ** 12 }}",
      "{{ [1] * 10 ** 12 }}",
      "{{ [1, 2] * (2 ** 62) }}",
      "{% set a = 'a' * 4000000 %}{{ a.replace('a', a) }}",
      "{% set a = 'a' * 2000000 %}{% for i in range(99999) %}{{ (a ~ 'b') in (a ~ a) }}{% endfor %}",
      "{% set a = 'a' * 2000000 %}{{ a.find(a[:1000000] ~ 'b') }}",
      "{{ ('a' * 4000000)|list|length }}",
      "{{ ('a,' * 2000000).split(',')|join('aaaaaaaa') }}",
      "{{ 'a'.center(10 ** 15) }}",
      deepList + "{{ ns.a }}",
      deepList + "{{ ns.a|tojson }}",
      deepList + "{{ ns.a == ns.b }}",
      deepList + "{{ [ns.a, ns.b]|sort }}",
      wideList + "{{ ns.a }}",
      wideList + "{{ ns.a|tojson(indent=9) }}",
      wideList + "{{ ns.a == ns.b }}",
      "{{ " + "(".repeat(100_000) + "1" + ")".repeat(100_000) + " }}",
      "{{ " + "[".repeat(100_000) + "]".repeat(100_000) + " }}",
      "{{ " + "not ".repeat(100_000) + "1 }}",
      "{{ " + "-".repeat(100_000) + "1 }}",
      "{{ 1" + " + 1".repeat(100_000) + " }}",
      "{{ a" + ".a".repeat(100_000) + " }}",
      "{{ a" + "|upper".repeat(80_000) + " }}",
      "{{ 1" + " if a else 1".repeat(40_000) + " }}",
      "{{ 1" + "_1".repeat(200_000) + " }}",
      "{% if a %}".repeat(50_000),
      "a".repeat(Source.MAX_LENGTH + 1)
    );
  }

  @Test
  void aLongChatIsFarFromTheBounds() {
    String source =
      "{% set ns = namespace(n=0) %}{% for m in messages %}{% if messages|length - 1 > loop.index0" +
      " and messages[loop.index0 + 1].role != 'x' and m.content is string and 'zz' not in m.content %}" +
      "{% set ns.n = ns.n + 1 %}{{ '<' + m.role + '>' + m.content|trim ~ '\n' }}{% endif %}{% endfor %}";
    Object message = Map.of("role", "user", "content", "some words ".repeat(20));
    Map<String, Value> variables = Map.of(
      "messages",
      Values.untrusted(Collections.nCopies(10_000, message))
    );
    Template template = Template.compile(source, Clock.systemUTC());
    Assertions.assertTimeoutPreemptively(Duration.ofSeconds(20), () ->
      assertThatCode(() -> template.render(variables).text().length()).doesNotThrowAnyException()
    );
  }

  @ParameterizedTest
  @MethodSource("hostile")
  void givesUpInTime(String source) {
    Assertions.assertTimeoutPreemptively(Duration.ofSeconds(20), () ->
      assertThatThrownBy(() ->
        Template.compile(source, Clock.systemUTC()).render(Map.of("a", Values.untrusted("a")))
      ).isInstanceOf(JinjaException.class)
    );
  }
}
