package dev.atrium.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.atrium.engine.djl.ModelRunners;
import dev.atrium.engine.model.Device;
import dev.atrium.engine.model.ModelLoadException;
import dev.atrium.engine.model.ModelRunner;
import dev.atrium.engine.model.Precision;
import dev.atrium.engine.model.Span;
import dev.atrium.engine.safetensors.TinyModel;
import dev.atrium.engine.safetensors.WeightType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each way in which a model directory can be wrong, and the three types and shards that are right. */
class BadModelDirectoryTest {

  @TempDir
  private Path dir;

  @BeforeEach
  void aGoodModel() throws IOException {
    TinyModel.writeConfig(dir);
    Files.write(weights(), TinyModel.safetensors(TinyModel.tensors(), WeightType.F32));
  }

  @Test
  void allTypesAndShardsGiveTheSameNumbers() throws IOException {
    float[] expected = logits();
    for (WeightType type : List.of(WeightType.F16, WeightType.BF16)) {
      Files.write(weights(), TinyModel.safetensors(TinyModel.tensors(), type));
      assertThat(logits()).as(type.name()).isEqualTo(expected);
    }
    Files.delete(weights());
    TinyModel.writeShards(dir, WeightType.BF16);
    assertThat(logits()).isEqualTo(expected);
  }

  @Test
  void aDirectoryThatIsNotThere() {
    dir = dir.resolve("nothing");
    refused("model_missing", "config.json", "is not a directory");
  }

  @Test
  void missingFiles() throws IOException {
    Files.delete(weights());
    refused("model_missing", "model.safetensors", "no such file");
    Files.delete(dir.resolve("config.json"));
    refused("model_missing", "config.json", "no such file");
  }

  @Test
  void missingTokenizer() {
    assertThatThrownBy(() -> LlmEngine.load(dir, EngineConfig.defaults())).isInstanceOfSatisfying(
        ModelLoadException.class,
        e -> {
          assertThat(e.code()).isEqualTo("model_missing");
          assertThat(e.args()).containsEntry("file", "tokenizer.json");
        }
      );
  }

  @Test
  void corruptTokenizer() throws IOException {
    Files.writeString(dir.resolve("tokenizer.json"), "{\"model\": ");
    assertThatThrownBy(() -> LlmEngine.load(dir, EngineConfig.defaults())).isInstanceOfSatisfying(
        ModelLoadException.class,
        e -> {
          assertThat(e.code()).isEqualTo("model_corrupt");
          assertThat(e.args()).containsEntry("file", "tokenizer.json");
        }
      );
  }

  @Test
  void configsThatAreWrong() throws IOException {
    Files.writeString(dir.resolve("config.json"), "{ not json");
    refused("model_corrupt", "config.json", "not JSON");
    Files.writeString(dir.resolve("config.json"), "[]");
    refused("model_corrupt", "config.json", "not a JSON object");
    Files.writeString(dir.resolve("config.json"), "{\"model_type\":\"llama\"}");
    refused("model_corrupt", "config.json", "is missing");
    Files.writeString(dir.resolve("config.json"), "{\"model_type\":\"bert\"}");
    refused("model_unsupported", "config.json", "bert");
  }

  @Test
  void truncatedWeights() throws IOException {
    byte[] good = Files.readAllBytes(weights());
    Files.write(weights(), Arrays.copyOf(good, 5));
    refused("model_corrupt", "model.safetensors", "truncated");
    Files.write(weights(), Arrays.copyOf(good, 100));
    refused("model_corrupt", "model.safetensors", "truncated");
    Files.write(weights(), Arrays.copyOf(good, good.length - 10));
    refused("model_corrupt", "model.safetensors", "out of range");
    Files.write(weights(), Arrays.copyOf(good, good.length + 10));
    refused("model_corrupt", "model.safetensors", "10 bytes after the last tensor");
  }

  @Test
  void headersThatAreWrong() throws IOException {
    byte[] data = new byte[8];
    header("{\"a\":", data, "not JSON");
    header("[1]   ", data, "not a JSON object");
    header(entry("XX", "[2]", 0, 8), data, "unknown type 'XX'");
    header(entry("F32", "[3]", 0, 8), data, "wants 12");
    header(entry("F32", "[-2]", 0, 8), data, "impossible shape");
    header(entry("F32", "[4611686018427387904,4]", 0, 8), data, "impossible shape");
    header(entry("F32", "[2]", 8, 16), data, "out of range");
    header(entry("F32", "[2]", -8, 0), data, "out of range");
    header("{\"a\":{\"dtype\":\"F32\"}}", data, "lacks its shape");
    byte[] long1 = TinyModel.file("{}", data);
    long1[7] = (byte) 0x80;
    Files.write(weights(), long1);
    refused("model_corrupt", "model.safetensors", "bad header length");
  }

  @Test
  void overlapsAndGaps() throws IOException {
    String two =
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}," +
      "\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[%d,%d]}}";
    header(two.formatted(4, 12), new byte[12], "b overlaps");
    header(two.formatted(12, 20), new byte[20], "gap of 4 bytes");
  }

  @Test
  void tensorsThatAreMissingOrOfAnotherShape() throws IOException {
    Map<String, long[]> tensors = TinyModel.tensors();
    tensors.remove("model.layers.0.self_attn.k_proj.weight");
    Files.write(weights(), TinyModel.safetensors(tensors, WeightType.F32));
    refused("model_corrupt", "model.safetensors", "k_proj.weight is missing");
    tensors = TinyModel.tensors();
    tensors.put("model.norm.weight", new long[] { 4, 4 });
    Files.write(weights(), TinyModel.safetensors(tensors, WeightType.F32));
    refused("model_corrupt", "model.safetensors", "model.norm.weight has the shape [4, 4]");
  }

  @Test
  void weightsThatHaveNoPartInTheNetwork() throws IOException {
    Map<String, long[]> tensors = TinyModel.tensors();
    tensors.put("lm_head.weight", new long[] { TinyModel.VOCAB, TinyModel.WIDTH });
    tensors.put("model.layers.0.self_attn.rotary_emb.inv_freq", new long[] { 4 });
    Files.write(weights(), TinyModel.safetensors(tensors, WeightType.F32));
    assertThat(logits()).hasSize(TinyModel.VOCAB);
    tensors.put("model.layers.0.self_attn.q_norm.weight", new long[] { 8 });
    Files.write(weights(), TinyModel.safetensors(tensors, WeightType.F32));
    refused("model_unsupported", "model.layers.0.self_attn.q_norm.weight", "no part");
  }

  @Test
  void shardsThatAreWrong() throws IOException {
    TinyModel.writeShards(dir, WeightType.F32);
    Files.delete(dir.resolve("b.safetensors"));
    refused("model_missing", "b.safetensors", "is not there");
    Path index = dir.resolve("model.safetensors.index.json");
    Files.writeString(index, "{\"weight_map\":{\"a\":\"../config.json\"}}");
    refused("model_corrupt", "model.safetensors.index.json", "not a file name");
    Files.writeString(index, "{}");
    refused("model_corrupt", "model.safetensors.index.json", "weight_map is missing");
  }

  private Path weights() {
    return dir.resolve("model.safetensors");
  }

  private static String entry(String type, String shape, int begin, int end) {
    return "{\"a\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}}".formatted(
      type,
      shape,
      begin,
      end
    );
  }

  private void header(String header, byte[] data, String problem) throws IOException {
    Files.write(weights(), TinyModel.file(header, data));
    refused("model_corrupt", "model.safetensors", problem);
  }

  private void refused(String code, String file, String problem) {
    ModelLoadException e = catchThrowableOfType(ModelLoadException.class, () ->
      ModelRunners.load(dir, Device.CPU, Precision.F32, 1, 64).close()
    );
    assertThat(e).as(problem).isNotNull();
    assertThat(e.code()).isEqualTo(code);
    assertThat(e.args()).containsEntry("file", file);
    assertThat(e.getMessage()).contains(problem);
  }

  private float[] logits() {
    try (ModelRunner runner = ModelRunners.load(dir, Device.CPU, Precision.F32, 1, 64)) {
      float[] logits = new float[TinyModel.VOCAB];
      runner.step(List.of(new Span(new int[] { 1, 2, 3 }, 0, 0, 0, true))).logits(0, logits);
      return logits;
    }
  }
}
