package dev.atrium.engine.text.jinja;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What came from outside stays marked, whatever a template does with it. */
class OriginTest {

  private static final Map<String, Value> VARIABLES = Map.of(
    "u",
    Values.untrusted("<A> b,c"),
    "m",
    Values.untrusted(Map.of("k", List.of("x", 1))),
    "bos",
    Str.trusted("<s>")
  );

  /** Untrusted stretches are shown between angle quotes. */
  @ParameterizedTest
  @CsvSource(
    delimiter = '§',
    value = {
      "{{ u }} § ‹<A> b,c›",
      "{{ bos }}{{ u }}{{ bos }} § <s>‹<A> b,c›<s>",
      "{{ '[' + u + ']' }} § [‹<A> b,c›]",
      "{{ '[' ~ u ~ 1 }} § [‹<A> b,c›1",
      "{{ ('[' + u + ']')[1:4] }} § ‹<A>›",
      "{{ ('[' + u + ']')[:3] }} § [‹<A›",
      "{{ ('[' + u + ']')[::-1] }} § ]‹c,b >A<›[",
      "{{ ('  ' + u + ' ')|trim }} § ‹<A> b,c›",
      "{{ ('-' + u).split(',')[1] }} § ‹c›",
      "{{ ('-' + u).split(',')[0] }} § -‹<A> b›",
      "{{ u.split(',')|join('|') }} § ‹<A> b›|‹c›",
      "{{ u.replace('b', '<b>') }} § ‹<A> ›<b>‹,c›",
      "{{ 'x-y'.replace('-', u) }} § x‹<A> b,c›y",
      "{{ u|upper }}{{ u|lower }}{{ u.title() }} § ‹<A> B,C<a> b,c<A> B,C›",
      "{{ ('pre ' + u)|capitalize }} § Pre ‹<a> b,c›",
      "{{ u|tojson }} § \"‹<A> b,c›\"",
      "{{ m|tojson }} § {\"‹k›\": [\"‹x›\", 1]}",
      "{{ m }} § {'‹k›': ['‹x›', 1]}",
      "{{ '%s!' % u }} § ‹<A> b,c›!",
      "{{ u|e }} § ‹&lt;A&gt; b,c›",
      "{{ u|indent(2, true) }} §   ‹<A> b,c›",
      "{{ u * 2 }} § ‹<A> b,c<A> b,c›",
      "{{ u|reverse }}{{ u|first }}{{ u[-1] }} § ‹c,b >A<<c›",
      "{{ u|list|join }} § ‹<A> b,c›",
      "{% for c in u[:2] %}{{ c }}.{% endfor %} § ‹<›.‹A›.",
      "{% for k, v in m.items() %}{{ k }}={{ v[0] }}{% endfor %} § ‹k›=‹x›",
      "{% set x %}[{{ u }}]{% endset %}{{ x }} § [‹<A> b,c›]",
      "{% macro f(a) %}({{ a }}){% endmacro %}{{ f(u)|trim('()') }} § ‹<A> b,c›",
      "{% set ns = namespace(a='') %}{% set ns.a = ns.a + u %}{{ ns.a }} § ‹<A> b,c›",
      "{{ u|default('d') }}{{ u if u else 'e' }}{{ u or 'f' }} § ‹<A> b,c<A> b,c<A> b,c›",
      "{{ u.center(9, '*') }} § *‹<A> b,c›*",
      "{{ u.removeprefix('<A>') }} § ‹ b,c›",
      "{{ [u, 'q']|map('upper')|join('/') }} § ‹<A> B,C›/Q",
    },
    quoteCharacter = '`',
    ignoreLeadingAndTrailingWhitespace = true
  )
  void followsTextThroughOperations(String source, String marked) {
    Str text = Template.compile(source, Clock.systemUTC()).render(VARIABLES);
    StringBuilder shown = new StringBuilder();
    for (Str.Piece piece : text.pieces()) {
      shown.append(piece.trusted() ? piece.text() : "‹" + piece.text() + "›");
    }
    assertThat(shown.toString().strip()).isEqualTo(marked);
  }

  @Test
  void doesNotTellThemApartWhenComparing() {
    String source = "{{ u == '<A> b,c' and u in ['<A> b,c'] and m['k'] == m.k }}";
    assertThat(Template.compile(source, Clock.systemUTC()).render(VARIABLES).text()).isEqualTo(
      "True"
    );
  }
}
