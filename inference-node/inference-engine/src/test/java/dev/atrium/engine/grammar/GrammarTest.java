package dev.atrium.engine.grammar;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.InputFormat;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import dev.atrium.engine.text.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What may be written under a schema, byte by byte and token by token. */
class GrammarTest {

  private static final int END = 256;
  /** Tokens over the borders of everything. */
  private static final List<String> WRITTEN = List.of(
    "\"}",
    "\":",
    "\",\"",
    "{\"",
    "[]",
    "]}",
    "true",
    "tru",
    "12",
    "0.",
    "nul",
    "\\u",
    "\\ud8",
    "\"name\":",
    "ab",
    "abc",
    "\":{\"",
    "1,",
    "\\\\",
    "a\"b"
  );
  private static final Vocabulary VOCABULARY = vocabulary();

  private static Vocabulary vocabulary() {
    try (Tokenizer tokenizer = Tokenizer.ofBytes(List.of("<end>"), WRITTEN)) {
      return Vocabulary.of(tokenizer, tokenizer.vocabSize() + 3, Set.of(END));
    }
  }

  @ParameterizedTest
  @CsvSource(
    delimiter = '¦',
    quoteCharacter = '`',
    value = {
      // schema ¦ what it lets through ¦ what it doesn't
      "{\"type\":\"string\"} ¦ \"你好 \\ud83d\\ude00 \\n 😀\" ¦ \"\\ud83d\"",
      "{\"type\":\"string\"} ¦ \"\\u00e9\\/\" ¦ \"\\ude00\"",
      "{\"type\":\"string\"} ¦ \"\" ¦ \"a\tb\"",
      "{\"type\":\"string\",\"maxLength\":2} ¦ \"😀\\ud83d\\ude00\" ¦ \"abc\"",
      "{\"type\":\"string\",\"minLength\":2} ¦ \"你好\" ¦ \"你\"",
      "{\"type\":\"integer\"} ¦ -120 ¦ 012",
      "{\"type\":\"integer\",\"minimum\":-3,\"maximum\":12} ¦ -3 ¦ 13",
      "{\"type\":\"integer\",\"minimum\":-3,\"maximum\":12} ¦ 12 ¦ -4",
      "{\"type\":\"integer\",\"exclusiveMinimum\":7.5,\"exclusiveMaximum\":10} ¦ 8 ¦ 10",
      "{\"type\":\"number\"} ¦ -1.5e+10 ¦ 1.",
      "{\"type\":\"number\",\"minimum\":0} ¦ 17.25 ¦ -1",
      "{\"type\":\"number\",\"minimum\":0.5,\"exclusiveMaximum\":1} ¦ 0.500001 ¦ 1",
      "{\"type\":\"number\",\"minimum\":0.5,\"exclusiveMaximum\":1} ¦ 0.5 ¦ 0.49",
      "{\"type\":\"number\",\"exclusiveMinimum\":0} ¦ 0.1 ¦ 0.0",
      "{\"type\":\"number\",\"maximum\":-2.25} ¦ -2.25 ¦ -2.249",
      "{\"type\":\"number\",\"minimum\":-1e12,\"maximum\":1e12} ¦ -999999999999.5 ¦ 1000000000001",
      "{\"enum\":[\"a\\\"b\",3,null,{\"k\":[1]}]} ¦ \"a\\\"b\" ¦ \"a\"",
      "{\"enum\":[\"a\\\"b\",3,null,{\"k\":[1]}]} ¦ {\"k\":[1]} ¦ {\"k\":[2]}",
      "{\"enum\":[\"a\",3],\"type\":\"integer\"} ¦ 3 ¦ \"a\"",
      "{\"type\":[\"null\",\"boolean\"]} ¦ null ¦ 0",
      "{\"type\":\"array\",\"items\":{\"type\":\"integer\"},\"minItems\":1,\"maxItems\":2} ¦ [1, 2] ¦ [1,2,3]",
      "{\"type\":\"array\",\"items\":{\"type\":\"integer\"},\"minItems\":1,\"maxItems\":2} ¦ [1] ¦ []",
      "{\"type\":\"array\",\"prefixItems\":[{\"const\":1},{\"const\":2}],\"items\":{\"type\":\"null\"}} ¦ [1,2,null] ¦ [2]",
      "{\"type\":\"array\",\"maxItems\":0} ¦ [] ¦ [1]",
      "{\"type\":\"array\"} ¦ [[],{\"a\":1},\"x\"] ¦ [,]",
      "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"integer\"},\"b\":true},\"required\":[\"b\"]} ¦ {\"b\": {}} ¦ {\"a\":1}",
      "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"integer\"},\"b\":true},\"required\":[\"b\"]} ¦ {\"a\":1,\"b\":\"\"} ¦ {\"c\":1,\"b\":1}",
      "{\"type\":\"object\",\"properties\":{\"a\":true},\"additionalProperties\":{\"type\":\"null\"}} ¦ {\"b\":null} ¦ {\"b\":1}",
      "{\"type\":\"object\",\"properties\":{\"ab\":{\"type\":\"integer\"}},\"additionalProperties\":{\"type\":\"null\"}} ¦ {\"abc\":null} ¦ {\"ab\":null}",
      "{\"type\":\"object\",\"properties\":{\"ab\":{\"type\":\"integer\"}},\"additionalProperties\":{\"type\":\"null\"}} ¦ {\"a\":null} ¦ {\"\\u0061b\":null}",
      "{\"type\":\"object\",\"required\":[\"z\"],\"additionalProperties\":{\"type\":\"null\"}} ¦ {\"z\":null,\"y\":null} ¦ {}",
      "{\"type\":\"object\"} ¦ {\"a\":{\"b\":[{}]}} ¦ []",
      "{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"array\",\"items\":{\"$ref\":\"#\"}}]} ¦ [[\"a\"],[]] ¦ [1]",
      "{\"$ref\":\"#/$defs/a~1b\",\"$defs\":{\"a/b\":{\"type\":\"null\"}}} ¦ null ¦ 1",
      "{} ¦ {\"x\": [true, false]} ¦ tru",
      "{\"pattern\":\"^[a-c]+\\\\d{2}$\"} ¦ \"abc12\" ¦ \"abc1\"",
      "{\"pattern\":\"^(?:é|[^a-z])好?$\"} ¦ \"é好\" ¦ \"b\"",
      "{\"pattern\":\"^.{2}$\"} ¦ \"😀\\\"\" ¦ \"a\"",
      "{\"pattern\":\"b+\"} ¦ \"你 b\\n\" ¦ \"a\"",
      "{\"pattern\":\"^a|c$\"} ¦ \"xc\" ¦ \"xa\"",
      "{\"pattern\":\"^[\\\\u4e00-\\\\u9fff]{1,3}$\"} ¦ \"你好\" ¦ \"你a\"",
      "{\"format\":\"date\"} ¦ \"2024-02-29\" ¦ \"2023-02-29\"",
      "{\"format\":\"date-time\"} ¦ \"2026-11-26T13:10:00+08:00\" ¦ \"2026-11-26 13:10\"",
      "{\"format\":\"uuid\"} ¦ \"7f9d2a10-1c2b-4d3e-8f40-5a6b7c8d9e0f\" ¦ \"7f9d2a10\"",
      "{\"format\":\"ipv4\"} ¦ \"10.0.255.1\" ¦ \"10.0.256.1\"",
      "{\"properties\":{\"a\":{\"const\":1}}} ¦ {\"a\":1} ¦ 1",
    }
  )
  void letsThroughWhatIsValidAndNothingElse(String schema, String valid, String invalid) {
    Grammar grammar = schema(schema);
    assertThat(isWhole(grammar, valid)).as(valid).isTrue();
    assertThat(isWhole(grammar, invalid)).as(invalid).isFalse();
    JsonSchema validator = validator(schema);
    assertThat(validator.validate(valid, InputFormat.JSON)).as(valid).isEmpty();
  }

  @Test
  void spacesAreBounded() {
    Grammar grammar = schema("{\"type\":\"array\",\"items\":{\"const\":1}}");
    assertThat(isWhole(grammar, "[\n  1,\n  1\n]")).isTrue();
    assertThat(isWhole(grammar, "[  1]")).isFalse();
    assertThat(isWhole(grammar, "[\n\n1]")).isFalse();
    assertThat(isWhole(grammar, "[" + "\n" + " ".repeat(41) + "1]")).isFalse();
  }

  @Test
  void nestingIsBoundedAndEveryWayStillEnds() {
    Grammar grammar = schema("{\"type\":\"array\",\"items\":{\"$ref\":\"#\"}}");
    int deep = Grammar.DEPTH;
    assertThat(isWhole(grammar, "[".repeat(deep) + "]".repeat(deep))).isTrue();
    Matcher matcher = grammar.matcher();
    int opened = 0;
    while (matcher.mask().allows('[')) {
      assertThat(matcher.accept('[')).isTrue();
      opened++;
    }
    assertThat(opened).isBetween(deep, deep + 1);
    assertThat(matcher.mask().allows(']')).isTrue();
  }

  @Test
  void aTokenIsLetThroughExactlyIfItsBytesAre() {
    SplittableRandom random = new SplittableRandom(5);
    RandomSchemas schemas = new RandomSchemas(11);
    for (int round = 0; round < 60; round++) {
      String text = schemas.next();
      Grammar grammar = compiled(text);
      if (grammar == null) {
        continue;
      }
      List<Integer> written = new ArrayList<>();
      for (int step = 0; step < 40; step++) {
        Matcher matcher = replayed(grammar, written);
        TokenMask mask = matcher.mask();
        List<Integer> allowed = new ArrayList<>();
        for (int id = 0; id < VOCABULARY.trie().vocabSize(); id++) {
          boolean expected = id == END ? matcher.complete() : replayed(grammar, written).accept(id);
          assertThat(mask.allows(id))
            .as("token %d after %s of %s", id, written, text)
            .isEqualTo(expected);
          if (expected && id != END) {
            allowed.add(id);
          }
        }
        if (allowed.isEmpty()) {
          assertThat(matcher.ended()).as(text).isTrue();
          break;
        }
        written.add(allowed.get(random.nextInt(allowed.size())));
      }
    }
  }

  @Test
  void whateverIsWrittenAtRandomIsValidAtItsEnd() throws Exception {
    int ended = 0;
    SplittableRandom random = new SplittableRandom(6);
    RandomSchemas schemas = new RandomSchemas(12);
    for (int round = 0; round < 300; round++) {
      String text = schemas.next();
      Grammar grammar = compiled(text);
      if (grammar == null) {
        continue;
      }
      Matcher matcher = grammar.matcher();
      StringBuilder bytes = new StringBuilder();
      for (int step = 0; step < 400 && !matcher.ended(); step++) {
        int id = drawn(matcher.mask(), random, step > 40);
        if (id == END) {
          break;
        }
        assertThat(matcher.accept(id)).isTrue();
        for (byte b : VOCABULARY.trie().text(id)) {
          bytes.append((char) (b & 0xff));
        }
      }
      if (matcher.complete()) {
        ended++;
        String answer = new String(
          bytes.toString().getBytes(StandardCharsets.ISO_8859_1),
          StandardCharsets.UTF_8
        );
        JsonNode json = new ObjectMapper().readTree(answer);
        assertThat(validator(text).validate(json)).as("%s of %s", answer, text).isEmpty();
      }
    }
    assertThat(ended).isGreaterThan(200);
  }

  /** Any of those that may come; what closes, if it shall come to an end. */
  private static int drawn(TokenMask mask, SplittableRandom random, boolean closing) {
    if (closing) {
      for (int id : new int[] { END, '}', ']', '"', ':', 'l', '1' }) {
        if (mask.allows(id)) {
          return id;
        }
      }
    }
    int id;
    do {
      id = random.nextInt(VOCABULARY.trie().vocabSize());
    } while (!mask.allows(id));
    return id;
  }

  @Test
  void theEndMayComeWhereTheTextIsWholeAndNowhereElse() {
    Matcher matcher = schema("{\"type\":\"integer\"}").matcher();
    assertThat(matcher.mask().allows(END)).isFalse();
    matcher.accept('1');
    assertThat(matcher.mask().allows(END)).isTrue();
    assertThat(matcher.mask().allows('2')).isTrue();
    assertThat(matcher.ended()).isFalse();
    Matcher object = GrammarCompiler.compile(OutputFormat.JSON, VOCABULARY).matcher();
    object.accept('{');
    object.accept('}');
    assertThat(object.ended()).isTrue();
    assertThat(object.mask().allows(END)).isTrue();
    assertThat(object.mask().allows(' ')).isFalse();
  }

  private static Grammar schema(String text) {
    return GrammarCompiler.compile(new OutputFormat.JsonSchema(text), VOCABULARY);
  }

  /** Null where nothing matches a random schema. */
  private static Grammar compiled(String text) {
    try {
      return schema(text);
    } catch (SchemaException e) {
      assertThat(e.code()).as("%s: %s", text, e.getMessage()).isEqualTo("schema_unsatisfiable");
      return null;
    }
  }

  private static JsonSchema validator(String schema) {
    return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012).getSchema(schema);
  }

  private static Matcher replayed(Grammar grammar, List<Integer> ids) {
    Matcher matcher = grammar.matcher();
    ids.forEach(matcher::accept);
    return matcher;
  }

  private static boolean isWhole(Grammar grammar, String text) {
    Matcher matcher = grammar.matcher();
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      if (!matcher.accept(b & 0xff)) {
        return false;
      }
    }
    return matcher.complete();
  }
}
