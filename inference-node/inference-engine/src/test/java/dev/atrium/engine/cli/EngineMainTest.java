package dev.atrium.engine.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.atrium.engine.safetensors.TinyModel;
import dev.atrium.engine.safetensors.WeightType;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EngineMainTest {

  @TempDir
  private Path dir;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeEach
  void aModel() throws IOException {
    TinyModel.writeConfig(dir);
    Files.write(
      dir.resolve("model.safetensors"),
      TinyModel.safetensors(TinyModel.tensors(), WeightType.F32)
    );
  }

  @Test
  void logitsAreAJsonArrayAndNothingElse() throws IOException {
    assertThat(
      run("logits", "--model", dir.toString(), "--ids", "1,2,3", "--precision", "f32")
    ).isZero();
    JsonNode array = new ObjectMapper().readTree(out.toString());
    assertThat(array.isArray()).isTrue();
    assertThat(array).hasSize(TinyModel.VOCAB);
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void benchTellsItsNumbersAsJson() throws IOException {
    int code = run(
      "bench",
      "--model",
      dir.toString(),
      "--streams",
      "1,3",
      "--prompt",
      "8",
      "--tokens",
      "6",
      "--json"
    );
    assertThat(err.toString()).isEmpty();
    assertThat(code).isZero();
    JsonNode report = new ObjectMapper().readTree(out.toString());
    assertThat(report.path("results")).hasSize(2);
    assertThat(report.path("results").get(1).path("streams").asInt()).isEqualTo(3);
    assertThat(report.path("results").get(1).path("tokensPerSecond").asDouble()).isPositive();
    assertThat(report.path("results").get(0).path("firstTokenMs").asDouble()).isPositive();
  }

  @Test
  void benchTellsHowLongOthersWaitWhileAPromptIsRead() throws IOException {
    int code = run(
      "bench",
      "--model",
      starter(),
      "--streams",
      "2",
      "--prompt",
      "8",
      "--gap",
      "400",
      "--json"
    );
    assertThat(err.toString()).isEmpty();
    assertThat(code).isZero();
    JsonNode result = new ObjectMapper().readTree(out.toString()).path("result");
    assertThat(result.path("before").path("mean").asDouble()).isPositive();
    assertThat(result.path("during").path("count").asInt()).isGreaterThan(2);
    assertThat(result.path("ratio").asDouble()).isPositive();
  }

  @Test
  void benchTellsWhatASecondTurnTakes() throws IOException {
    String[] asked = {
      "bench",
      "--model",
      starter(),
      "--prompt",
      "200",
      "--tokens",
      "40",
      "--second-turn",
    };
    assertThat(run(asked)).isZero();
    assertThat(out.toString()).contains("192 found in the cache, 28 read");
    out.getBuffer().setLength(0);
    asked = Arrays.copyOf(asked, asked.length + 1);
    asked[asked.length - 1] = "--json";
    assertThat(run(asked)).isZero();
    JsonNode result = new ObjectMapper().readTree(out.toString()).path("result");
    assertThat(result.path("cached").asInt()).isEqualTo(192);
    assertThat(result.path("ratio").asDouble()).isGreaterThan(1);
  }

  @Test
  void benchTellsWhatAStepTakesTheEngineItself() throws IOException {
    assertThat(run("bench", "--scheduling", "12")).as(err.toString()).isZero();
    assertThat(out.toString()).matches(
      "12 sequences of 3 users: \\d+ µs a step, \\d+\\.\\d\\d µs and \\d+ bytes a token\n"
    );
    out.getBuffer().setLength(0);
    assertThat(run("bench", "--scheduling", "12", "--json")).isZero();
    JsonNode result = new ObjectMapper().readTree(out.toString());
    assertThat(result.path("sequences").asInt()).isEqualTo(12);
    assertThat(result.path("users").asInt()).isEqualTo(3);
    assertThat(result.path("tokenMicros").asDouble()).isPositive();
    assertThat(result.path("stepMicros").asDouble() / result.path("tokenMicros").asDouble())
      .as("tokens of a step: one of everybody's, but for those that have not read all yet")
      .isBetween(6.0, 12.0 + 1e-9);
    assertThat(result.path("tokenBytes").asDouble()).isGreaterThan(10);
  }

  @Test
  void benchMeasuresItsOwnWorkOverAScriptAlone() {
    refused(64, "bench", "--scheduling", "0");
    assertThat(err.toString()).contains("from 1 to 10000, not 0");
    refused(64, "bench", "--scheduling", "10001");
    refused(64, "bench", "--scheduling", "many");
    refused(64, "bench", "--scheduling", "5", "--model", dir.toString());
    refused(64, "bench");
    assertThat(err.toString()).contains("--model, --random or --scheduling");
  }

  @Test
  void benchRefusesWhatDoesNotFitTheContext() {
    assertThat(
      run("bench", "--model", dir.toString(), "--prompt", "60", "--gap", "10")
    ).isNotZero();
    assertThat(err.toString()).contains("don't fit into 64");
  }

  private static String starter() {
    return Path.of(
      System.getProperty("atrium.root", "."),
      "inference-node/starter-model/model"
    ).toString();
  }

  @Test
  void benchPrintsATable() {
    assertThat(
      run("bench", "--model", dir.toString(), "--streams", "1", "--prompt", "8", "--tokens", "6")
    ).isZero();
    assertThat(out.toString()).contains("tokens/s").contains("first token");
  }

  @Test
  void benchTellsWhatEachPrecisionCosts() throws IOException {
    int code = run("bench", "--model", starter(), "--quality", "--json", "--text", answers());
    assertThat(err.toString()).isEmpty();
    assertThat(code).isZero();
    JsonNode report = new ObjectMapper().readTree(out.toString());
    assertThat(report.path("tokens").asInt()).isGreaterThan(1000);
    JsonNode fp16 = report.path("results").get(1);
    assertThat(fp16.path("precision").asText()).isEqualTo("fp16");
    assertThat(fp16.path("againstF32").asDouble()).isBetween(0.999, 1.001);
    JsonNode int8 = report.path("results").get(2);
    assertThat(int8.path("againstF32").asDouble()).isBetween(0.9, 1.1);
    assertThat(int8.path("sameLikeliest").asDouble()).isBetween(0.9, 1.0);
  }

  /**
   * What the starter was taught to say. Of any other text it foretells nothing (a perplexity of 100,000 over
   * ours, with 4,096 tokens to choose from), so which token it finds likeliest there is chance.
   */
  private String answers() throws IOException {
    Path corpus = Path.of(
      System.getProperty("atrium.root", "."),
      "inference-node/starter-model/src/main/resources/dev/atrium/starter/corpus"
    );
    List<String> all = new ArrayList<>();
    for (String name : List.of("atrium.en", "atrium.zh", "identity.en", "identity.zh")) {
      Files.readAllLines(corpus.resolve(name + ".txt"))
        .stream()
        .filter(line -> line.startsWith("! "))
        .forEach(line -> all.add(line.substring(2)));
    }
    return Files.write(dir.resolve("answers.txt"), all).toString();
  }

  @Test
  void whatTheModelsMakersRecommendIsWhatIsNotSaid() throws IOException {
    Path starter = Path.of(
      System.getProperty("atrium.root", "."),
      "inference-node/starter-model/model"
    );
    String[] asked = {
      "generate",
      "--model",
      starter.toString(),
      "--prompt",
      "Hello",
      "--seed",
      "3",
    };
    assertThat(run(asked)).isZero();
    String recommended = out.toString();
    out.getBuffer().setLength(0);
    String[] said = Arrays.copyOf(asked, asked.length + 4);
    System.arraycopy(
      new String[] { "--temperature", "0.3", "--top-p", "0.9" },
      0,
      said,
      asked.length,
      4
    );
    assertThat(run(said)).isZero();
    assertThat(out.toString()).isEqualTo(recommended).isNotBlank();
  }

  @Test
  void generateKeepsASchemaAndRefusesWhatItCanNotKeep() throws IOException {
    Path starter = Path.of(
      System.getProperty("atrium.root", "."),
      "inference-node/starter-model/model"
    );
    Path schema = dir.resolve("schema.json");
    Files.writeString(
      schema,
      "{\"type\":\"object\",\"properties\":{\"day\":{\"format\":\"date\"}},\"required\":[\"day\"]}"
    );
    String[] asked = {
      "generate",
      "--model",
      starter.toString(),
      "--prompt",
      "Hello",
      "--schema",
      schema.toString(),
    };
    assertThat(run(asked)).as(err.toString()).isZero();
    JsonNode answer = new ObjectMapper().readTree(out.toString());
    assertThat(answer.path("day").asText()).matches("\\d{4}-\\d\\d-\\d\\d");

    Files.writeString(schema, "{\"type\":\"array\",\"uniqueItems\":true}");
    assertThat(run(asked)).isEqualTo(ExitCodes.BAD_USAGE);
    assertThat(err.toString()).contains("uniqueItems at #");
  }

  @Test
  void benchTellsWhatASchemaCosts() throws IOException {
    Path starter = Path.of(
      System.getProperty("atrium.root", "."),
      "inference-node/starter-model/model"
    );
    String[] asked = { "bench", "--model", starter.toString(), "--constrained" };
    String[] small = { "--streams", "1", "--prompt", "8", "--tokens", "12", "--json" };
    assertThat(run(Stream.of(asked, small).flatMap(Arrays::stream).toArray(String[]::new)))
      .as(err.toString())
      .isZero();
    JsonNode report = new ObjectMapper().readTree(out.toString());
    assertThat(report.path("results").get(0).path("ratio").asDouble()).isPositive();
    assertThat(report.path("maskMicros").path("median").asDouble()).isPositive();
  }

  @Test
  void benchTellsWhatADrawCosts() throws IOException {
    String[] asked = { "bench", "--model", starter(), "--drawn", "--streams", "1,3" };
    String[] small = { "--prompt", "8", "--tokens", "12" };
    assertThat(run(with(asked, with(small, "--json")))).as(err.toString()).isZero();
    JsonNode report = new ObjectMapper().readTree(out.toString());
    assertThat(report.path("vocabulary").asInt()).isEqualTo(4096);
    assertThat(report.path("result")).hasSize(6);
    for (JsonNode result : report.path("result")) {
      assertThat(result.path("tokensPerSecond").asDouble()).isPositive();
      assertThat(result.path("tokenMicros").asDouble()).isPositive();
      JsonNode greedy = report.path("result").path(result.path("streams").asInt() == 1 ? 0 : 3);
      assertThat(greedy.path("choice").asText()).isEqualTo("greedy");
      assertThat(result.path("ratio").asDouble()).isEqualTo(
        result.path("tokensPerSecond").asDouble() / greedy.path("tokensPerSecond").asDouble()
      );
      assertThat(result.path("drawMicros").asDouble()).isEqualTo(
        result.path("tokenMicros").asDouble() - greedy.path("tokenMicros").asDouble()
      );
    }
    out.getBuffer().setLength(0);
    assertThat(run(with(asked, small))).isZero();
    assertThat(out.toString()).contains("a vocabulary of 4096", "3 streams, temperature 1 ");
  }

  @Test
  void generateWritesSeveralAnswersOfWhichTheFirstIsTheOneThatItWritesAlone() {
    String[] ask = {
      "generate",
      "--model",
      starter(),
      "--prompt",
      "Hello",
      "--tokens",
      "12",
      "--temperature",
      "1.5",
      "--seed",
      "3",
    };
    assertThat(run(ask)).as(err.toString()).isZero();
    String alone = out.toString();
    out.getBuffer().setLength(0);
    assertThat(run(with(ask, "--choices", "3"))).as(err.toString()).isZero();
    String[] answers = out.toString().split("--- \\d\n", -1);
    assertThat(answers).hasSize(4).doesNotHaveDuplicates();
    assertThat(answers[1]).isEqualTo(alone);
    refused(64, with(ask, "--choices", "17"));
    refused(64, with(ask, "--choices", "2", "--logprobs", "1"));
  }

  @Test
  void generateTellsLogProbabilitiesAsLinesOfJson() throws IOException {
    Path starter = Path.of(
      System.getProperty("atrium.root", "."),
      "inference-node/starter-model/model"
    );
    int code = run(
      "generate",
      "--model",
      starter.toString(),
      "--prompt",
      "Hello",
      "--temperature",
      "0",
      "--logprobs",
      "2",
      "--tokens",
      "4"
    );
    assertThat(err.toString()).isEmpty();
    assertThat(code).isZero();
    assertThat(out.toString().lines()).hasSizeBetween(1, 4);
    JsonNode first = new ObjectMapper().readTree(out.toString().lines().findFirst().orElseThrow());
    assertThat(first.path("alternatives")).hasSize(2);
    assertThat(first.path("alternatives").get(0).path("id")).isEqualTo(first.path("id"));
    assertThat(first.path("logprob").asDouble()).isNegative();
    refused(64, "generate", "--model", starter.toString(), "--min-p", "2");
    refused(64, "generate", "--model", starter.toString(), "--logit-bias", "99999=1");
    refused(64, "bench", "--random", "smollm2-135m", "--quality");
  }

  @Test
  void exportWritesTheArchiveAndWhatToCompareItWith() throws IOException {
    Path archive = dir.resolve("step.pt");
    Path reference = dir.resolve("step.json");
    int code = run(
      "export",
      "--model",
      dir.toString(),
      "--out",
      archive.toString(),
      "--reference",
      reference.toString()
    );
    assertThat(err.toString()).isEmpty();
    assertThat(code).isZero();
    assertThat(out.toString()).startsWith(archive + ": ").contains(", bf16, ");
    assertThat(archive).isNotEmptyFile();
    JsonNode cases = new ObjectMapper().readTree(reference.toFile()).path("cases");
    assertThat(cases).hasSize(2); // of 1 and 7 tokens; the others don't fit into the context of 64
    assertThat(cases.get(1).path("prompt")).hasSize(7);
    assertThat(cases.get(1).path("answer")).hasSize(32);
    assertThat(cases.get(1).path("gaps")).hasSize(32);
    assertThat(cases.get(1).path("afterPrompt")).hasSize(TinyModel.VOCAB);
    int likeliest = cases.get(1).path("answer").get(0).asInt();
    double most = cases.get(1).path("afterPrompt").get(likeliest).asDouble();
    cases
      .get(1)
      .path("afterPrompt")
      .forEach(logit -> assertThat(logit.asDouble()).isLessThanOrEqualTo(most));
  }

  @Test
  void exportReplacesNothingUnlessItIsForced() throws IOException {
    Path archive = dir.resolve("step.pt");
    Files.writeString(archive, "mine");
    refused(64, "export", "--model", dir.toString(), "--out", archive.toString());
    assertThat(err.toString()).contains("is there already");
    assertThat(archive).hasContent("mine");
    String[] forced = {
      "export",
      "--model",
      dir.toString(),
      "--out",
      archive.toString(),
      "--force",
    };
    assertThat(run(forced)).isZero();
    assertThat(Files.size(archive)).isGreaterThan(1000);
  }

  @Test
  void exportTellsWhatItCannotDo() {
    String model = dir.toString();
    String archive = dir.resolve("step.pt").toString();
    refused(64, "export", "--model", model);
    refused(64, "export", "--out", archive);
    refused(64, "export", "--random", "huge", "--out", archive);
    refused(64, "export", "--model", model, "--out", archive, "--precision", "int8");
    refused(64, "export", "--model", model, "--out", archive, "--cache-tokens", "0");
    refused(64, "export", "--model", model, "--out", dir.resolve("no/step.pt").toString());
    refused(64, "export", "--model", model, "--out", model);
    refused(64, "export", "--model", model, "--out", archive, "--skeleton", "--reference", "r");
    refused(69, "export", "--model", dir.resolve("nothing").toString(), "--out", archive);
    assertThat(dir.resolve("step.pt")).doesNotExist();
  }

  @Test
  void aGpuThatIsNotThereIsRefusedAndAutoTakesWhatIs() {
    String[] ask = { "logits", "--model", dir.toString(), "--ids", "1", "--device" };
    assertThat(run(with(ask, "auto"))).as(err.toString()).isZero();
    refused(69, with(ask, "cuda:99"));
    assertThat(err.toString()).contains("device cuda:99 can't be used");
    refused(64, with(ask, "gpu"));
    refused(1, with(ask, "cpu", "--precision", "bf16"));
    assertThat(err.toString()).contains("bf16 is not known on cpu");
  }

  private static String[] with(String[] first, String... more) {
    return Stream.concat(Arrays.stream(first), Arrays.stream(more)).toArray(String[]::new);
  }

  @Test
  void errorsAreOneSentenceAndAnExitCode() {
    refused(64, "generate", "--model");
    refused(64, "logits", "--model", dir.toString(), "--ids", "1,x");
    refused(64, "logits", "--model", dir.toString(), "--ids", "1,99999");
    refused(64, "logits", "--model", dir.toString(), "--ids", "1", "--precision", "f7");
    refused(64, "bench", "--random", "huge");
    refused(64, "bench", "--random", "smollm2-135m", "--against", "somebody");
    refused(64, "bench");
    refused(64, "dance");
    refused(64);
    refused(69, "generate", "--model", dir.resolve("nothing").toString());
    refused(69, "generate", "--model", dir.toString());
  }

  @Test
  void aCorruptModelFailsWithTheFileAndTheProblem() throws IOException {
    Files.write(dir.resolve("model.safetensors"), new byte[3]);
    refused(1, "logits", "--model", dir.toString(), "--ids", "1");
    assertThat(err.toString()).contains("model.safetensors").contains("truncated");
  }

  private void refused(int code, String... args) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    assertThat(run(args)).isEqualTo(code);
    assertThat(out.toString()).isEmpty();
    assertThat(err.toString().lines()).hasSize(1);
  }

  private int run(String... args) {
    return EngineMain.run(args, new PrintWriter(out, true), new PrintWriter(err, true));
  }
}
