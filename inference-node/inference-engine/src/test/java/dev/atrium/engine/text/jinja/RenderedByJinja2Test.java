package dev.atrium.engine.text.jinja;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;

/** Our renderings against those of the reference implementation. */
class RenderedByJinja2Test {

  @Test
  void rendersExpressionsAndStatementsAsTheReferenceDoes() throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    JsonNode golden;
    try (InputStream in = getClass().getResourceAsStream("/jinja/rendered-by-jinja2.json")) {
      golden = mapper.readTree(in);
    }
    Map<String, Value> variables = new HashMap<>();
    golden
      .path("variables")
      .properties()
      .forEach(e ->
        variables.put(e.getKey(), Values.untrusted(mapper.convertValue(e.getValue(), Object.class)))
      );
    assertThat(golden.path("cases")).hasSizeGreaterThan(400);
    SoftAssertions all = new SoftAssertions();
    for (JsonNode row : golden.path("cases")) {
      String source = row.path(0).asText();
      all.assertThat(rendered(source, variables)).as(source).isEqualTo(row.path(1).asText());
    }
    all.assertAll();
  }

  private static String rendered(String source, Map<String, Value> variables) {
    try {
      Str text = Template.compile(source, Clock.systemUTC()).render(variables);
      List<Str.Piece> pieces = text.pieces();
      // The pieces must be the text, without gaps and with every change of origin seen.
      String joined = String.join("", pieces.stream().map(Str.Piece::text).toList());
      for (int i = 1; i < pieces.size(); i++) {
        assertThat(pieces.get(i).trusted()).isNotEqualTo(pieces.get(i - 1).trusted());
      }
      assertThat(joined).isEqualTo(text.text());
      return text.text();
    } catch (JinjaException e) {
      return e.line() + ":" + e.column() + ": " + e.getMessage();
    }
  }
}
