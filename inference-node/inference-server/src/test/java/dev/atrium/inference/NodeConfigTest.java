package dev.atrium.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.atrium.engine.EngineConfig;
import dev.atrium.engine.model.Device;
import dev.atrium.engine.model.DeviceChoice;
import dev.atrium.engine.model.Precision;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NodeConfigTest {

  @Test
  void needsNothingButAModel() {
    NodeConfig config = NodeConfig.fromEnvironment(Map.of("ATRIUM_MODELS", "/models/a"));
    assertThat(config.models()).containsExactly(Path.of("/models/a"));
    assertThat(config.devices()).isEqualTo(DeviceChoice.CPU);
    assertThat(config.engineOn(Device.CPU)).isEqualTo(EngineConfig.defaults());
    assertThat(config.engineOn(new Device(1)).precision()).isEqualTo(Precision.BF16);
    assertThat(config.nodeId()).matches("node-[0-9a-f]{4}");
    assertThat(config.cluster().port()).isEqualTo(5701);
  }

  @Test
  void readsEverythingItKnows() {
    Map<String, String> env = new HashMap<>();
    env.put("ATRIUM_NODE_ID", "n1");
    env.put("ATRIUM_MODELS", "/models/a:/models/b");
    env.put("ATRIUM_DEVICE", "cuda:1");
    env.put("ATRIUM_PRECISION", "f32");
    env.put("ATRIUM_THREADS", "3");
    env.put("ATRIUM_CACHE_TOKENS", "4096");
    env.put("ATRIUM_MAX_BATCH", "4");
    env.put("ATRIUM_CLUSTER_PORT", "5999");
    env.put("ATRIUM_DATA_DIR", "/data");
    env.put("PATH", "/bin");
    NodeConfig config = NodeConfig.fromEnvironment(env);
    assertThat(config.nodeId()).isEqualTo("n1");
    assertThat(config.models()).containsExactly(Path.of("/models/a"), Path.of("/models/b"));
    assertThat(config.devices().label()).isEqualTo("cuda:1");
    assertThat(config.engineOn(new Device(1))).isEqualTo(
      EngineConfig.defaults()
        .withDevice(new Device(1))
        .withPrecision(Precision.F32)
        .withThreads(3)
        .withCacheTokens(4096)
        .withMaxBatch(4)
    );
    assertThat(config.cluster().port()).isEqualTo(5999);
  }

  @ParameterizedTest
  @CsvSource(
    {
      "ATRIUM_NODE_ID, a.b",
      "ATRIUM_DEVICE, gpu",
      "ATRIUM_PRECISION, fp8",
      "ATRIUM_THREADS, 0",
      "ATRIUM_THREADS, many",
      "ATRIUM_CACHE_TOKENS, -1",
      "ATRIUM_MAX_BATCH, 99999999999",
      "ATRIUM_CLUSTER_PORT, x",
      "ATRIUM_MODELS, ' '",
      "ATRIUM_MODEL, /models/a",
    }
  )
  void refusesWhatCanNotBeMeantAndNamesTheKey(String key, String value) {
    Map<String, String> env = new HashMap<>(Map.of("ATRIUM_MODELS", "/models/a"));
    env.put(key, value);
    assertThatThrownBy(() -> NodeConfig.fromEnvironment(env))
      .isInstanceOf(ConfigException.class)
      .hasMessageContaining(key);
  }
}
