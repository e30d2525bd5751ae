package dev.atrium.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import dev.atrium.engine.djl.TorchModelRunner;
import dev.atrium.engine.grammar.Grammar;
import dev.atrium.engine.grammar.OutputFormat;
import dev.atrium.engine.grammar.RandomSchemas;
import dev.atrium.engine.model.NetworkShape;
import dev.atrium.engine.model.Precision;
import dev.atrium.engine.safetensors.RandomWeights;
import dev.atrium.engine.text.ModelText;
import dev.atrium.engine.text.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Answers of a network that nobody trained, bound to schemas: what ends by itself is valid. */
class ConstrainedAnswersTest {

  private static final int TOKENS = 120;
  private static final int BATCH = 50;
  private static final String PERSON =
    "{\"type\":\"object\",\"properties\":{\"名字\":{\"type\":\"string\",\"maxLength\":6}," +
    "\"age\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":150}},\"required\":[\"名字\",\"age\"]}";

  private static LlmEngine engine;
  private static Map<Integer, Double> towardsTheEnd;
  private static int eos;

  @BeforeAll
  static void load() {
    Path dir = Path.of(
      System.getProperty("atrium.root", "."),
      "inference-node/starter-model/model"
    );
    Tokenizer tokenizer = Tokenizer.load(dir);
    eos = tokenizer.id("<|im_end|>").orElseThrow();
    ModelText text = ModelText.of(tokenizer, Optional.empty(), Set.of(eos));
    int vocab = tokenizer.vocabSize();
    NetworkShape shape = NetworkShape.of(1, 32, 2, 2, 16, 48, vocab, 512);
    RandomWeights weights = new RandomWeights(8);
    engine = LlmEngine.over(
      TorchModelRunner.load("random", shape, weights, Precision.F32, 1, 16_384),
      text,
      EngineConfig.defaults().withMaxBatch(BATCH)
    );
    weights.close();
    towardsTheEnd = new HashMap<>();
    for (int id = 0; id < vocab && towardsTheEnd.size() < SamplingParams.MAX_BIASES; id++) {
      String spelled = tokenizer.decode(new int[] { id });
      if (spelled.matches(".*[\"}\\]].*")) {
        towardsTheEnd.put(id, 5.0);
      }
    }
  }

  @AfterAll
  static void close() {
    engine.close();
  }

  @Test
  void aThousandRandomSchemasAreKept() throws Exception {
    RandomSchemas random = new RandomSchemas(2026);
    ObjectMapper mapper = new ObjectMapper();
    JsonSchemaFactory validators = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012);
    int tried = 0;
    int ended = 0;
    while (tried < 1_000) {
      Map<String, String> schemas = new LinkedHashMap<>();
      List<SequenceRequest> requests = new ArrayList<>();
      while (requests.size() < BATCH) {
        String schema = random.next();
        Grammar grammar;
        try {
          grammar = grammar(schema);
        } catch (PromptException e) {
          assertThat(e.code()).as(schema).isEqualTo("schema_unsatisfiable");
          continue;
        }
        String id = "s" + tried++;
        schemas.put(id, schema);
        SamplingParams params = switch (tried % 4) {
          case 0 -> SamplingParams.GREEDY;
          case 1 -> SamplingParams.of(1, 40, 0.9, tried).withPenalties(1.2, 0.1, 0.1);
          case 2 -> SamplingParams.of(0.8, 0, 1, tried).withMinP(0.01);
          default -> SamplingParams.of(1.5, 0, 0.95, tried);
        };
        requests.add(request(id, params.withLogitBias(towardsTheEnd).withGrammar(grammar)));
      }
      Heard heard = run(requests);
      for (Map.Entry<String, String> entry : schemas.entrySet()) {
        FinishReason reason = heard.reasons.get(entry.getKey());
        String answer = heard.texts.getOrDefault(entry.getKey(), new StringBuilder()).toString();
        if (reason == FinishReason.STOP) {
          ended++;
          JsonNode json = mapper.readTree(answer);
          assertThat(validators.getSchema(entry.getValue()).validate(json))
            .as("%s of %s", answer, entry.getValue())
            .isEmpty();
        } else {
          assertThat(reason).as(answer).isEqualTo(FinishReason.LENGTH);
          assertThat(heard.ids.get(entry.getKey())).as(answer).hasSize(TOKENS);
        }
      }
    }
    assertThat(ended).isGreaterThan(700);
  }

  @Test
  void aCutAnswerGoesOnAsIfItHadNotBeen() {
    SamplingParams params = SamplingParams.of(1, 0, 1, 77)
      .withLogitBias(towardsTheEnd)
      .withPenalties(1.1, 0, 0)
      .withGrammar(grammar(PERSON));
    List<Integer> whole = run(List.of(request("a", params))).ids.get("a");
    assertThat(whole).hasSizeGreaterThan(8);
    for (int cut = 0; cut <= whole.size(); cut++) {
      int[] before = whole
        .subList(0, cut)
        .stream()
        .mapToInt(id -> id)
        .toArray();
      // Compiled anew, as another node does.
      SequenceRequest rest = new SequenceRequest(
        "b",
        prompt(),
        before,
        params.withGrammar(grammar(PERSON + " ".repeat(cut + 1))),
        TOKENS,
        List.of(),
        TOKENS,
        0
      );
      Heard heard = run(List.of(rest));
      assertThat(heard.ids.getOrDefault("b", List.of()))
        .as("cut at %d", cut)
        .isEqualTo(whole.subList(cut, whole.size()));
      assertThat(heard.reasons.get("b")).isEqualTo(FinishReason.STOP);
    }
  }

  @Test
  void tokensThatHaveNotTheFormAreNotContinued() {
    SequenceRequest wrong = new SequenceRequest(
      "c",
      prompt(),
      engine.text().tokenizer().encode("hello", false),
      SamplingParams.GREEDY.withGrammar(grammar(PERSON)),
      TOKENS,
      List.of(),
      TOKENS,
      0
    );
    assertThatThrownBy(() -> engine.submit(wrong)).isInstanceOf(IllegalArgumentException.class);
    assertThat(engine.hasWork()).isFalse();
  }

  @Test
  void aStopStringEndsItToo() {
    SequenceRequest stopping = new SequenceRequest(
      "d",
      prompt(),
      new int[0],
      SamplingParams.GREEDY.withGrammar(grammar(PERSON)),
      TOKENS,
      List.of("\"名字\""),
      TOKENS,
      0
    );
    Heard heard = run(List.of(stopping));
    assertThat(heard.reasons.get("d")).isEqualTo(FinishReason.STOP);
    assertThat(heard.texts.getOrDefault("d", new StringBuilder()).toString().strip()).isEqualTo(
      "{"
    );
  }

  @Test
  void theEndIsForbiddenUntilItIsDueHoweverMuchItIsWanted() {
    SamplingParams params = SamplingParams.GREEDY.withLogitBias(Map.of(eos, 100.0)).withGrammar(
      grammar("{\"type\":\"integer\",\"minimum\":10,\"maximum\":99}")
    );
    Heard heard = run(List.of(request("e", params)));
    assertThat(heard.texts.get("e").toString().strip()).matches("\\d\\d");
    assertThat(heard.reasons.get("e")).isEqualTo(FinishReason.STOP);
  }

  @Test
  void aFailingFormTakesNoOtherAnswerWithIt() {
    StringBuilder ways = new StringBuilder("{\"anyOf\":[");
    for (int i = 0; i < 250; i++) {
      ways.append(i == 0 ? "" : ",").append("{\"type\":\"array\",\"items\":{\"$ref\":\"#\"}}");
    }
    SamplingParams hostile = SamplingParams.GREEDY.withGrammar(grammar(ways + "]}"));
    Heard heard = run(List.of(request("f", hostile), request("g", SamplingParams.of(1, 0, 1, 3))));
    assertThat(heard.failures).containsOnlyKeys("f").containsValue("format_too_ambiguous");
    assertThat(heard.ids.get("g")).isNotEmpty();
  }

  private static Grammar grammar(String schema) {
    return engine.grammar(new OutputFormat.JsonSchema(schema)).orElseThrow();
  }

  private static int[] prompt() {
    return new int[] { 300, 301, 302 };
  }

  private static SequenceRequest request(String id, SamplingParams params) {
    return SequenceRequest.of(id, prompt(), params, TOKENS);
  }

  private static final class Heard {

    final Map<String, StringBuilder> texts = new HashMap<>();
    final Map<String, List<Integer>> ids = new HashMap<>();
    final Map<String, FinishReason> reasons = new HashMap<>();
    final Map<String, String> failures = new HashMap<>();
  }

  private static Heard run(List<SequenceRequest> requests) {
    Heard heard = new Heard();
    requests.forEach(engine::submit);
    while (engine.hasWork()) {
      engine.step(event -> {
        String id = event.sequenceId();
        switch (event) {
          case EngineEvent.Text text -> {
            heard.texts.computeIfAbsent(id, _ -> new StringBuilder()).append(text.text());
            for (int token : text.tokenIds()) {
              heard.ids.computeIfAbsent(id, _ -> new ArrayList<>()).add(token);
            }
          }
          case EngineEvent.Finished finished -> heard.reasons.put(id, finished.reason());
          case EngineEvent.Failed failed -> heard.failures.put(id, failed.code());
          default -> {}
        }
      });
    }
    return heard;
  }
}
