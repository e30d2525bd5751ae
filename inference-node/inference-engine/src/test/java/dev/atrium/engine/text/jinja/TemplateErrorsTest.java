package dev.atrium.engine.text.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Clock;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TemplateErrorsTest {

  @ParameterizedTest
  @CsvSource(
    delimiter = '§',
    quoteCharacter = '`',
    value = {
      "{{ s|foo }} § 1:6 § the filter \"foo\" is not supported",
      "{{ s|map('foo') }} § 1:10 § the filter \"foo\" is not supported",
      "{{ s|select('foo') }} § 1:13 § the test \"foo\" is not supported",
      "{{ s|selectattr('a', 'foo') }} § 1:22 § the test \"foo\" is not supported",
      "{{ s|map }} § 1:6 § map needs a filter or an attribute",
      "{{ s|upper(1) }} § 1:6 § upper takes at most 0 argument(s)",
      "{{ s|trim(foo=1) }} § 1:6 § trim takes no argument \"foo\"",
      "{{ s|replace('a') }} § 1:6 § replace needs 2 argument(s)",
      "{{ s is foo }} § 1:9 § the test \"foo\" is not supported",
      "{{ foo(1) }} § 1:4 § there is no function \"foo\"",
      "{{ s.foo(1) }} § 1:6 § the method \"foo\" is not supported",
      "{{ l.append(1) }} § 1:6 § the method \"append\" is not supported",
      "{{ range() }} § 1:4 § range needs 1 argument(s)",
      "{{ f(*a) }} § 1:6 § unpacked arguments are not supported",
      "{{ (a)(1)(2) }} § 1:10 § only functions, macros and methods can be called",
      "{{ 'a'() }} § 1:7 § only functions, macros and methods can be called",
      "{% call f() %} § 1:4 § the tag \"call\" is not supported",
      "{% include 'x' %} § 1:4 § the tag \"include\" is not supported",
      "{% for a in b recursive %} § 1:15 § recursive loops are not supported",
      "{% break %} § 1:4 § \"break\" outside of a loop",
      "{% else %} § 1:4 § \"else\" has no beginning here",
      "{% if a %} § 1:11 § unexpected the end of the template, expected \"endif\"",
      "{% set loop = 1 %} § 1:8 § \"loop\" can't be assigned to",
      "{% macro f(a=1, b) %} § 1:17 § a parameter without a default follows one with a default",
      "{{ a § 1:1 § the tag is never closed",
      "{# a § 1:1 § the comment is never closed",
      "{% raw %} a § 1:1 § the raw block is never closed",
      "{{ 'a }} § 1:4 § the string is never closed",
      "{{ (1] }} § 1:6 § unexpected \"]\"",
      "{{ a b }} § 1:6 § unexpected \"b\", expected }}",
      "{{ }} § 1:4 § unexpected }}, expected an expression",
      "{{ 99999999999999999999 }} § 1:4 § the number is too large",
      "{{ '\\xZZ' }} § 1:4 § a string has a broken \\x escape",
      "{{ a $ b }} § 1:6 § unexpected character DOLLAR SIGN",
    }
  )
  void refusesAtCompileTimeWithThePlace(String source, String place, String message) {
    var e = catchThrowableOfType(JinjaException.class, () ->
      Template.compile(source, Clock.systemUTC())
    );
    assertThat(e).as(source).isNotNull();
    assertThat(e).hasMessage(message);
    assertThat(e.line() + ":" + e.column()).isEqualTo(place);
  }

  @ParameterizedTest
  @CsvSource(
    delimiter = '§',
    quoteCharacter = '`',
    value = {
      "{{ raise_exception('no ' ~ n) }} § 1:4 § no 7",
      "{{ gone.b }} § 1:9 § \"gone\" is undefined",
      "{{ gone() }}{% set gone = 1 %} § 1:4 § \"gone\", which is undefined can't be called",
      "{{ n + 'a' }} § 1:6 § \"+\" can't take an integer and a string",
      "{{ n < 'a' }} § 1:6 § an integer and a string have no order",
      "{{ 1 in n }} § 1:6 § nothing can be in an integer",
      "{{ n|length }} § 1:6 § an integer has no length",
      "{{ n // 0 }} § 1:6 § / by zero",
      "{{ 9223372036854775807 + 1 }} § 1:24 § long overflow",
      "{% for a in n %}{% endfor %} § 1:4 § an integer can't be gone through",
      "{% for a, b in [[1]] %}{% endfor %} § 1:4 § 1 value(s) for 2 names",
      "{% set n.a = 1 %} § 1:4 § \"n\" is not a namespace",
      "{{ n.upper() }} § 1:6 § an integer has no method \"upper\"",
      "{{ {[1]: 2} }} § 1:4 § a list can't be a key",
    }
  )
  void failsWhileRenderingWithThePlace(String source, String place, String message) {
    Template template = Template.compile(source, Clock.systemUTC());
    var e = catchThrowableOfType(JinjaException.class, () ->
      template.render(Map.of("n", Values.untrusted(7)))
    );
    assertThat(e).as(source).isNotNull();
    assertThat(e).hasMessage(message);
    assertThat(e.line() + ":" + e.column()).isEqualTo(place);
  }

  @Test
  void countsLinesAndColumnsOverAnyNewline() {
    var e = catchThrowableOfType(JinjaException.class, () ->
      Template.compile("a\r\nb\rc\n  {{ x|nope }}", Clock.systemUTC())
    );
    assertThat(e.line()).isEqualTo(4);
    assertThat(e.column()).isEqualTo(8);
  }
}
