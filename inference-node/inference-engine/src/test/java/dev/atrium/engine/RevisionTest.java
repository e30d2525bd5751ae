package dev.atrium.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.engine.djl.ModelRunners;
import dev.atrium.engine.model.Device;
import dev.atrium.engine.model.ModelRunner;
import dev.atrium.engine.model.Precision;
import dev.atrium.engine.safetensors.TinyModel;
import dev.atrium.engine.safetensors.WeightType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RevisionTest {

  @TempDir
  private Path dir;

  @Test
  void everythingThatAnAnswerDependsOnChangesIt() throws IOException {
    TinyModel.writeConfig(dir);
    Path weights = dir.resolve("model.safetensors");
    Files.write(weights, TinyModel.safetensors(TinyModel.tensors(), WeightType.F32));
    Set<String> seen = new HashSet<>();
    String first = revision(Precision.F32);
    seen.add(first);
    assertThat(revision(Precision.F32)).isEqualTo(first);
    assertThat(seen.add(revision(Precision.FP16))).as("precision").isTrue();
    for (String file : List.of(
      "tokenizer.json",
      "tokenizer_config.json",
      "chat_template.jinja",
      "generation_config.json"
    )) {
      Files.writeString(dir.resolve(file), "{}");
      assertThat(seen.add(revision(Precision.F32))).as(file).isTrue();
      Files.writeString(dir.resolve(file), "{ }");
      assertThat(seen.add(revision(Precision.F32))).as("another %s", file).isTrue();
    }
    String config = Files.readString(dir.resolve("config.json"));
    Files.writeString(dir.resolve("config.json"), config.replace("{", "{\"eos_token_id\":7,"));
    assertThat(seen.add(revision(Precision.F32))).as("what ends an answer").isTrue();
    Files.writeString(dir.resolve("config.json"), config);
    byte[] bytes = Files.readAllBytes(weights);
    bytes[bytes.length - 1] ^= 1;
    Files.write(weights, bytes);
    assertThat(seen.add(revision(Precision.F32))).as("one bit of the weights").isTrue();
  }

  private String revision(Precision precision) {
    try (ModelRunner runner = ModelRunners.load(dir, Device.CPU, precision, 1, 64)) {
      return Revision.of(runner.info(), dir);
    }
  }
}
