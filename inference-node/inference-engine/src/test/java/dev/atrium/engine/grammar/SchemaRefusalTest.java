package dev.atrium.engine.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.atrium.engine.text.Tokenizer;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What can't be kept is refused by name and place, and what is hostile within its bounds. */
class SchemaRefusalTest {

  private static final Vocabulary VOCABULARY = vocabulary();

  private static Vocabulary vocabulary() {
    try (Tokenizer tokenizer = Tokenizer.ofBytes(List.of("<end>"))) {
      return Vocabulary.of(tokenizer, tokenizer.vocabSize(), Set.of(256));
    }
  }

  @ParameterizedTest
  @CsvSource(
    delimiter = '¦',
    quoteCharacter = '`',
    value = {
      "{\"type\":\"string\",\"format\":\"email\"} ¦ schema_unsupported ¦ format ¦ #",
      "{\"pattern\":\"(?=a)\"} ¦ schema_unsupported ¦ pattern ¦ #",
      "{\"pattern\":\"(a)\\\\1\"} ¦ schema_unsupported ¦ pattern ¦ #",
      "{\"pattern\":\"\\\\bx\"} ¦ schema_unsupported ¦ pattern ¦ #",
      "{\"pattern\":\"a^\"} ¦ schema_unsupported ¦ pattern ¦ #",
      "{\"pattern\":\"(\"} ¦ schema_unsupported ¦ pattern ¦ #",
      "{\"pattern\":\"[b-a]\"} ¦ schema_unsupported ¦ pattern ¦ #",
      "{\"pattern\":\"a{1001}\"} ¦ schema_unsupported ¦ pattern ¦ #",
      "{\"pattern\":\"a\",\"minLength\":2} ¦ schema_unsupported ¦ minLength ¦ #",
      "{\"pattern\":\"^(.{900}){900}$\"} ¦ schema_too_large ¦ pattern ¦ #",
      "{\"pattern\":\"(a|b)*a(a|b){15}$\"} ¦ schema_too_large ¦ pattern ¦ #",
      "{\"type\":\"object\",\"properties\":{\"a/b\":{\"not\":{}}}} ¦ schema_unsupported ¦ not ¦ #/properties/a~1b",
      "{\"type\":\"array\",\"items\":{\"uniqueItems\":true}} ¦ schema_unsupported ¦ uniqueItems ¦ #/items",
      "{\"requried\":[]} ¦ schema_unsupported ¦ requried ¦ #",
      "{\"type\":\"integer\",\"multipleOf\":2} ¦ schema_unsupported ¦ multipleOf ¦ #",
      "{\"anyOf\":[{}],\"minLength\":1} ¦ schema_unsupported ¦ minLength ¦ #",
      "{\"$ref\":\"#/$defs/a\",\"type\":\"string\",\"$defs\":{\"a\":{}}} ¦ schema_unsupported ¦ type ¦ #",
      "{\"$ref\":\"https://example.org/x\"} ¦ schema_unsupported ¦ $ref ¦ #",
      "{\"$ref\":\"#/$defs/gone\"} ¦ schema_invalid ¦ $ref ¦ #",
      "{\"allOf\":[{},{}]} ¦ schema_unsupported ¦ allOf ¦ #",
      "{\"oneOf\":[{\"type\":\"integer\"},{\"type\":\"number\"}]} ¦ schema_unsupported ¦ oneOf ¦ #",
      "{\"oneOf\":[{\"type\":\"object\"},{\"type\":\"object\"}]} ¦ schema_unsupported ¦ oneOf ¦ #",
      "{\"oneOf\":[{\"maxLength\":1},{\"type\":\"integer\"}]} ¦ schema_unsupported ¦ oneOf ¦ #",
      "{\"type\":\"number\",\"exclusiveMinimum\":1e20} ¦ schema_unsupported ¦ exclusiveMinimum ¦ #",
      "{\"type\":\"strin\"} ¦ schema_invalid ¦ type ¦ #",
      "{\"type\":\"string\",\"minLength\":-1} ¦ schema_invalid ¦ minLength ¦ #",
      "{\"properties\":{\"a\":1}} ¦ schema_invalid ¦ properties ¦ #/properties/a",
      "{\"required\":\"a\"} ¦ schema_invalid ¦ required ¦ #",
      "{\"enum\":{}} ¦ schema_invalid ¦ enum ¦ #",
      "{\"const\":\"\\ud800\"} ¦ schema_invalid ¦ const ¦ #",
      "{\"type\": ¦ schema_invalid ¦ `` ¦ #",
      "[] ¦ schema_invalid ¦ `` ¦ #",
      "{} {} ¦ schema_invalid ¦ `` ¦ #",
      "{\"a\":1,\"a\":2} ¦ schema_invalid ¦ `` ¦ #",
      "false ¦ schema_unsatisfiable ¦ `` ¦ #",
      "{\"enum\":[]} ¦ schema_unsatisfiable ¦ `` ¦ #",
      "{\"enum\":[1],\"type\":\"string\"} ¦ schema_unsatisfiable ¦ `` ¦ #",
      "{\"$ref\":\"#\"} ¦ schema_unsatisfiable ¦ `` ¦ #",
      "{\"properties\":{\"a\":{\"$ref\":\"#\"}},\"required\":[\"a\"]} ¦ schema_unsatisfiable ¦ `` ¦ #",
      "{\"type\":\"integer\",\"minimum\":2,\"maximum\":1} ¦ schema_unsatisfiable ¦ `` ¦ #",
      "{\"type\":\"integer\",\"minimum\":0.1,\"maximum\":0.9} ¦ schema_unsatisfiable ¦ `` ¦ #",
      "{\"type\":\"array\",\"minItems\":3,\"maxItems\":2} ¦ schema_unsatisfiable ¦ `` ¦ #",
      "{\"type\":\"array\",\"minItems\":99999999} ¦ schema_too_large ¦ minItems ¦ #",
      "{\"type\":\"string\",\"minLength\":99999999999} ¦ schema_too_large ¦ minLength ¦ #",
      "{\"type\":\"integer\",\"minimum\":1e999999999} ¦ schema_too_large ¦ minimum ¦ #",
    }
  )
  void isRefusedByNameAndPlace(String schema, String code, String keyword, String path) {
    assertThatThrownBy(() -> compile(schema)).isInstanceOfSatisfying(SchemaException.class, e -> {
        assertThat(e.code()).as(e.getMessage()).isEqualTo(code);
        assertThat(e.keyword()).isEqualTo(keyword);
        assertThat(e.path()).isEqualTo(path);
      });
  }

  @Test
  void schemasThatExcludeOneAnotherMayBeOneOf() {
    compile(
      "{\"oneOf\":[{\"type\":\"string\"},{\"type\":[\"integer\",\"null\"]},{\"const\":true}]}"
    );
    compile(
      "{\"oneOf\":[{\"$ref\":\"#/$defs/a\"},{\"$ref\":\"#/$defs/b\"}],\"$defs\":{" +
      "\"a\":{\"type\":\"object\",\"required\":[\"k\"],\"properties\":{\"k\":{\"const\":\"a\"}}}," +
      "\"b\":{\"type\":\"object\",\"required\":[\"k\"],\"properties\":{\"k\":{\"const\":\"b\"}}}}}"
    );
  }

  @Test
  @Timeout(20)
  void whatIsHostileIsRefusedOrBoundedInTime() {
    refusedAsTooLarge(" ".repeat(100_001));
    refusedAsInvalid("{\"items\":".repeat(5_000) + "{}" + "}".repeat(5_000));
    String ways = list(900, i -> "{\"type\":\"string\",\"maxLength\":" + i + "}");
    Grammar ambiguous = compile("{\"anyOf\":" + ways + "}");
    assertThatThrownBy(ambiguous::matcher).isInstanceOf(TooAmbiguousException.class);
    // Each rule has a long array of the next one's.
    String chained = IntStream.range(0, 400)
      .mapToObj(i ->
        "\"d%d\":{\"type\":\"array\",\"maxItems\":1000,\"items\":{\"$ref\":\"#/$defs/d%d\"}}".formatted(
          i,
          i + 1
        )
      )
      .collect(Collectors.joining(","));
    refusedAsTooLarge("{\"$ref\":\"#/$defs/d0\",\"$defs\":{" + chained + ",\"d400\":{}}}");
    String patterns = list(2_000, i -> "{\"pattern\":\"x.{20}y%d\"}".formatted(i));
    refusedAsTooLarge("{\"anyOf\":" + patterns + "}");
    // References in a circle, each with many ways back.
    String circle = list(300, _ -> "{\"$ref\":\"#\"}");
    assertThatThrownBy(() -> compile("{\"anyOf\":" + circle + "}")).isInstanceOf(
      SchemaException.class
    );
    String arrays = list(300, _ -> "{\"type\":\"array\",\"items\":{\"$ref\":\"#\"}}");
    Matcher matcher = compile("{\"anyOf\":" + arrays + "}").matcher();
    assertThatThrownBy(() -> {
      for (int i = 0; i < 60; i++) {
        matcher.mask();
        matcher.accept('[');
      }
    }).isInstanceOf(TooAmbiguousException.class);
  }

  private static String list(int count, java.util.function.IntFunction<String> item) {
    return IntStream.range(0, count).mapToObj(item).collect(Collectors.joining(",", "[", "]"));
  }

  private static void refusedAsTooLarge(String schema) {
    assertThatThrownBy(() -> compile(schema)).isInstanceOfSatisfying(SchemaException.class, e ->
      assertThat(e.code()).isEqualTo("schema_too_large")
    );
  }

  private static void refusedAsInvalid(String schema) {
    assertThatThrownBy(() -> compile(schema)).isInstanceOfSatisfying(SchemaException.class, e ->
      assertThat(e.code()).isEqualTo("schema_invalid")
    );
  }

  private static Grammar compile(String schema) {
    return GrammarCompiler.compile(new OutputFormat.JsonSchema(schema), VOCABULARY);
  }
}
