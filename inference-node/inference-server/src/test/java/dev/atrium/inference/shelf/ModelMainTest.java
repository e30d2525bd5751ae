package dev.atrium.inference.shelf;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command as people use it, against a server with the addresses of a Hugging Face endpoint. */
class ModelMainTest {

  private static final String CONFIG =
    "{\"model_type\":\"llama\",\"hidden_size\":16,\"num_hidden_layers\":1," +
    "\"num_attention_heads\":2,\"num_key_value_heads\":2,\"intermediate_size\":24," +
    "\"vocab_size\":300,\"max_position_embeddings\":64,\"rms_norm_eps\":1e-5," +
    "\"rope_theta\":10000.0,\"tie_word_embeddings\":true}";

  @TempDir
  private Path data;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final Map<String, String> environment = new HashMap<>();
  private FakeEndpoint endpoint;

  @BeforeEach
  void serve() throws IOException {
    endpoint = new FakeEndpoint();
    endpoint.files.put("config.json", CONFIG.getBytes(StandardCharsets.UTF_8));
    endpoint.files.put("tokenizer.json", "{\"你\":1}".getBytes(StandardCharsets.UTF_8));
    endpoint.files.put("tokenizer_config.json", "{}".getBytes(StandardCharsets.UTF_8));
    endpoint.files.put("model.safetensors", random(100_000));
    endpoint.files.put("README.md", "not needed".getBytes(StandardCharsets.UTF_8));
    endpoint.files.put("pytorch_model.bin", random(10));
    endpoint.files.put("onnx/model.onnx", random(10));
    endpoint.files.put("../evil.json", random(10));
    environment.put("HF_ENDPOINT", endpoint.address() + "/");
    environment.put("HOME", data.toString());
  }

  @AfterEach
  void stop() {
    endpoint.close();
  }

  private static byte[] random(int bytes) {
    byte[] random = new byte[bytes];
    new Random(bytes).nextBytes(random);
    return random;
  }

  @Test
  void fetchesWhatAModelNeedsAndNothingElse() throws IOException {
    assertThat(run("pull", "acme/tiny")).as(err.toString()).isZero();
    assertThat(out.toString()).contains("up --model tiny");
    Path model = data.resolve("models/tiny");
    assertThat(names(model)).containsExactlyInAnyOrder(
      "config.json",
      "tokenizer.json",
      "tokenizer_config.json",
      "model.safetensors",
      ".source.json"
    );
    for (String name : List.of("config.json", "tokenizer.json", "model.safetensors")) {
      assertThat(model.resolve(name)).hasBinaryContent(endpoint.files.get(name));
    }
    assertThat(names(data.resolve("models"))).containsExactly("tiny");
    assertThat(err.toString()).contains("model.safetensors");
    // All of one commit, however the branch moves meanwhile.
    assertThat(endpoint.askedFor("/resolve/")).allMatch(path -> path.contains(FakeEndpoint.COMMIT));

    assertThat(run("pull", "acme/tiny")).isEqualTo(ShelfException.CONFLICT);
    assertThat(run("list")).isZero();
    assertThat(out.toString()).contains("tiny").contains("64 tokens of context");
    assertThat(run("show", "tiny")).isZero();
    assertThat(out.toString()).contains(FakeEndpoint.COMMIT).contains("int8");
    assertThat(run("remove", "tiny")).isZero();
    assertThat(names(data.resolve("models"))).isEmpty();
    assertThat(run("remove", "tiny")).isEqualTo(ShelfException.UNKNOWN);
  }

  @Test
  void shardsAreThoseOfTheIndex() throws IOException {
    endpoint.files.remove("model.safetensors");
    String index = "{\"weight_map\":{\"a\":\"m-1.safetensors\",\"b\":\"m-2.safetensors\"}}";
    endpoint.files.put("model.safetensors.index.json", index.getBytes(StandardCharsets.UTF_8));
    endpoint.files.put("m-1.safetensors", random(50));
    endpoint.files.put("m-2.safetensors", random(60));
    endpoint.files.put("other.safetensors", random(70));
    assertThat(run("pull", "acme/tiny", "--name", "mine")).as(err.toString()).isZero();
    assertThat(names(data.resolve("models/mine")))
      .contains("m-1.safetensors", "m-2.safetensors")
      .doesNotContain("other.safetensors");
  }

  @Test
  void anIndexThatLeadsOutOfTheFolderIsRefused() throws IOException {
    endpoint.files.remove("model.safetensors");
    String index = "{\"weight_map\":{\"a\":\"../../evil.safetensors\"}}";
    endpoint.files.put("model.safetensors.index.json", index.getBytes(StandardCharsets.UTF_8));
    endpoint.files.put("../../evil.safetensors", random(50));
    assertThat(run("pull", "acme/tiny")).isEqualTo(ShelfException.DAMAGED);
    assertThat(run("pull", "../tiny")).isEqualTo(ShelfException.USAGE);
    assertThat(run("pull", "acme/..")).isEqualTo(ShelfException.USAGE);
    assertThat(run("pull", "acme/tiny", "--name", "../x")).isEqualTo(ShelfException.USAGE);
    assertThat(run("pull", "acme/tiny", "--revision", "../x")).isEqualTo(ShelfException.USAGE);
    assertThat(run("remove", "../keys")).isEqualTo(ShelfException.USAGE);
  }

  @Test
  void aBrokenConnectionGoesOnWhereItBroke() throws IOException {
    endpoint.breaks = 2;
    assertThat(pull(3)).as(err.toString()).isTrue();
    assertThat(data.resolve("models/tiny/model.safetensors")).hasBinaryContent(
      endpoint.files.get("model.safetensors")
    );
    assertThat(endpoint.askedFor("/lfs/").toString()).contains("bytes=");
  }

  @Test
  void aLaterCommandGoesOnWhereAnEarlierOneWasBrokenOff() throws IOException {
    endpoint.files.put("tokenizer.json", new byte[0]);
    endpoint.breaks = 100;
    assertThat(pull(1)).isFalse();
    assertThat(err.toString()).contains("goes on where this one stopped");
    assertThat(names(data.resolve("models"))).containsExactly(".tiny.pull");
    endpoint.breaks = 0;
    endpoint.asked.clear();
    assertThat(pull(1)).as(err.toString()).isTrue();
    assertThat(endpoint.askedFor("/lfs/model.safetensors").getFirst()).contains("bytes=");
    assertThat(endpoint.askedFor("/resolve/").toString()).doesNotContain("config.json");
    assertThat(data.resolve("models/tiny/model.safetensors")).hasBinaryContent(
      endpoint.files.get("model.safetensors")
    );
  }

  @Test
  void aServerWithoutRangesSendsAllAgain() throws IOException {
    endpoint.breaks = 1;
    endpoint.ignoresRanges = true;
    assertThat(pull(1)).as(err.toString()).isTrue();
    assertThat(data.resolve("models/tiny/model.safetensors")).hasBinaryContent(
      endpoint.files.get("model.safetensors")
    );
  }

  @Test
  void whatHasAnotherHashIsNotKept() throws IOException {
    endpoint.promised.put("model.safetensors", new byte[100_000]);
    assertThat(run("pull", "acme/tiny")).isEqualTo(ShelfException.DAMAGED);
    assertThat(err.toString()).contains("model.safetensors").contains("hash");
    assertThat(names(data.resolve("models"))).containsExactly(".tiny.pull");
    assertThat(names(data.resolve("models/.tiny.pull"))).noneMatch(n -> n.contains("safetensors"));

    endpoint.promised.clear();
    endpoint.promised.put("tokenizer_config.json", "[]".getBytes(StandardCharsets.UTF_8));
    assertThat(run("pull", "acme/tiny", "--name", "other")).isEqualTo(ShelfException.DAMAGED);
    assertThat(err.toString()).contains("tokenizer_config.json");
  }

  @Test
  void anotherCommitIsFetchedAnew() throws IOException {
    endpoint.breaks = 100;
    assertThat(pull(1)).isFalse();
    endpoint.breaks = 0;
    endpoint.commit = "f".repeat(40);
    endpoint.files.put("model.safetensors", random(90_000));
    assertThat(pull(1)).as(err.toString()).isTrue();
    assertThat(data.resolve("models/tiny/model.safetensors")).hasBinaryContent(random(90_000));
  }

  @Test
  void theTokenGoesToTheEndpointAlone() throws IOException {
    endpoint.secret = "hf_secret";
    assertThat(run("pull", "acme/tiny")).isEqualTo(ShelfException.UNAVAILABLE);
    assertThat(err.toString()).contains("HF_TOKEN").doesNotContain("hf_secret");
    Path token = data.resolve("token");
    Files.writeString(token, "hf_secret\n");
    environment.put("HF_TOKEN_PATH", token.toString());
    endpoint.asked.clear();
    assertThat(run("pull", "acme/tiny")).as(err.toString()).isZero();
    assertThat(endpoint.askedFor("/api/")).allMatch(request -> request.endsWith("with token"));
    assertThat(endpoint.askedFor("/lfs/"))
      .isNotEmpty()
      .noneMatch(r -> r.endsWith("TOKEN"));
    assertThat(out.toString() + err).doesNotContain("hf_secret");
    environment.put("HF_ENDPOINT", "http://models.invalid");
    assertThat(run("pull", "acme/tiny", "--name", "x")).isEqualTo(ShelfException.USAGE);
  }

  @Test
  void theProxyIsHonoured() throws IOException {
    // It stands for a host that nobody could reach without it.
    HttpServer proxy = HttpServer.create(
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
      0
    );
    List<String> seen = new java.util.concurrent.CopyOnWriteArrayList<>();
    proxy.createContext("/", exchange -> {
      seen.add(exchange.getRequestURI().toString());
      exchange.sendResponseHeaders(404, -1);
      exchange.close();
    });
    proxy.start();
    try {
      environment.put("HF_ENDPOINT", "http://models.invalid");
      environment.put("HTTP_PROXY", "http://127.0.0.1:" + proxy.getAddress().getPort());
      assertThat(run("pull", "acme/tiny")).as(err.toString()).isEqualTo(ShelfException.UNKNOWN);
      assertThat(seen).singleElement().asString().startsWith("http://models.invalid/api/models/");
      environment.put("no_proxy", "localhost,.invalid");
      assertThat(run("pull", "acme/tiny")).isEqualTo(ShelfException.UNAVAILABLE);
      assertThat(seen).hasSize(1);
    } finally {
      proxy.stop(0);
    }
  }

  @Test
  void aNetworkThatCanNotBeRunIsRefusedBeforeItsWeightsAreFetched() throws IOException {
    endpoint.files.put(
      "config.json",
      CONFIG.replace("llama", "mamba").getBytes(StandardCharsets.UTF_8)
    );
    assertThat(run("pull", "acme/tiny")).isEqualTo(ShelfException.DAMAGED);
    assertThat(err.toString()).contains("mamba");
    assertThat(endpoint.askedFor("safetensors")).isEmpty();
    assertThat(run("pull", "acme/gone")).isEqualTo(ShelfException.UNKNOWN);
  }

  @Test
  void aDirectoryThatLiesElsewhereIsAddedAndStays() throws IOException {
    Path elsewhere = Files.createDirectories(data.resolve("elsewhere/mine"));
    Files.writeString(elsewhere.resolve("config.json"), CONFIG);
    assertThat(run("add", elsewhere.toString())).as(err.toString()).isZero();
    assertThat(run("list")).isZero();
    assertThat(out.toString()).contains("mine");
    assertThat(run("add", elsewhere.toString())).isEqualTo(ShelfException.CONFLICT);
    assertThat(run("remove", "mine")).isZero();
    assertThat(elsewhere.resolve("config.json")).exists();
    assertThat(run("add", data.resolve("nothing").toString())).isEqualTo(ShelfException.UNKNOWN);
  }

  @Test
  void anUnknownCommandSaysWhatThereIs() {
    assertThat(run("fetch")).isEqualTo(ShelfException.USAGE);
    assertThat(run()).isEqualTo(ShelfException.USAGE);
    assertThat(run("pull")).isEqualTo(ShelfException.USAGE);
  }

  /** As {@code pull} does, but without long pauses. */
  private boolean pull(int pauseMillis) throws IOException {
    try (Endpoint remote = Endpoint.of(environment)) {
      Download download = new Download(
        remote,
        Duration.ofMillis(pauseMillis),
        Duration.ofSeconds(20)
      );
      new Pull(
        new Shelf(data.resolve("models")),
        remote,
        download,
        new Progress(new PrintWriter(err), true)
      ).run("acme/tiny", "main", "tiny");
      return true;
    } catch (ShelfException e) {
      err.write(e.getMessage());
      return false;
    }
  }

  private int run(String... args) {
    String[] all = Stream.concat(Stream.of(args), Stream.of("--data", data.toString())).toArray(
      String[]::new
    );
    return ModelMain.run(
      all,
      environment,
      new PrintWriter(out, true),
      new PrintWriter(err, true),
      false
    );
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.map(entry -> entry.getFileName().toString()).toList();
    }
  }
}
