package dev.atrium.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.atrium.engine.EngineConfig;
import dev.atrium.engine.LlmEngine;
import dev.atrium.engine.model.Device;
import dev.atrium.engine.model.ModelLoadException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelSourceTest {

  @TempDir
  Path dir;

  @Test
  void isCalledAsItsConfigSaysOrElseAsItsDirectory() throws IOException {
    List<ModelSource> sources = sources(
      model("x", "{\"atrium_name\":\"house\"}"),
      model("Qwen3-0.6B", "{}"),
      model("starter-model/model", "{}")
    );
    assertThat(sources)
      .extracting(ModelSource::name)
      .containsExactly("house", "Qwen3-0.6B", "starter");
    assertThat(sources)
      .extracting(ModelSource::engineId)
      .containsExactly("house", "Qwen3-0-6B", "starter");
  }

  @Test
  void aScriptNeedsNoConfig() throws IOException {
    Path scripted = Files.createDirectories(dir.resolve("scripted"));
    Files.writeString(scripted.resolve("script.json"), "{\"context\": 500}");
    ModelSource source = sources(scripted).getFirst();
    assertThat(source.name()).isEqualTo("scripted");
    try (LlmEngine engine = source.loader().get()) {
      assertThat(engine.model().contextLength()).isEqualTo(500);
    }
  }

  @Test
  void givesTwoModelsOfOneNameAddressesOfTheirOwn() throws IOException {
    Path first = model("a/m", "{}");
    Path second = model("b/m", "{}");
    assertThat(sources(first, second))
      .extracting(ModelSource::engineId)
      .containsExactly("m", "m-2");
  }

  @Test
  void isLoadedOnEveryDeviceUnderOneName() throws IOException {
    EngineConfig cpu = EngineConfig.defaults();
    List<ModelSource> sources = ModelSource.ofDirectories(
      List.of(model("m", "{}")),
      List.of(cpu.withDevice(new Device(0)), cpu.withDevice(new Device(1))),
      new HashSet<>(List.of("m"))
    );
    assertThat(sources).extracting(ModelSource::name).containsExactly("m", "m");
    assertThat(sources).extracting(ModelSource::engineId).containsExactly("m-2", "m-3");
    assertThat(sources)
      .extracting(source -> source.config().device().label())
      .containsExactly("cuda:0", "cuda:1");
  }

  @Test
  void saysWhichFileIsMissingOrCorruptBeforeAnythingStarts() throws IOException {
    fails("model_missing", dir.resolve("nowhere"), "nowhere");
    fails("model_missing", Files.createDirectory(dir.resolve("empty")), "config.json");
    fails("model_corrupt", model("bad", "{\"a\":"), "config.json");
    fails("model_corrupt", model("array", "[]"), "config.json");
  }

  @Test
  void saysWhichModelCanNotBeLoaded() throws IOException {
    Path model = model("half", "{}");
    ModelSource source = sources(model).getFirst();
    assertThatThrownBy(() -> source.loader().get())
      .isInstanceOf(ModelLoadException.class)
      .hasMessageStartingWith(model.toString());
  }

  private void fails(String code, Path model, String part) {
    assertThatThrownBy(() -> sources(model)).isInstanceOfSatisfying(ModelLoadException.class, e -> {
        assertThat(e.code()).isEqualTo(code);
        assertThat(e).hasMessageContaining(part);
      });
  }

  private static List<ModelSource> sources(Path... models) {
    return ModelSource.ofDirectories(
      List.of(models),
      List.of(EngineConfig.defaults()),
      new HashSet<>()
    );
  }

  private Path model(String name, String config) throws IOException {
    Path model = Files.createDirectories(dir.resolve(name));
    Files.writeString(model.resolve("config.json"), config);
    return model;
  }
}
