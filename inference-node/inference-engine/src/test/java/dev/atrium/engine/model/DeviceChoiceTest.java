package dev.atrium.engine.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class DeviceChoiceTest {

  @Test
  void takesEveryGpuThatIsThereOrTheOneThatIsNamed() {
    assertThat(labels("cuda", 2)).containsExactly("cuda:0", "cuda:1");
    assertThat(labels("CUDA:1", 2)).containsExactly("cuda:1");
    assertThat(labels("auto", 2)).containsExactly("cuda:0", "cuda:1");
    assertThat(labels("auto", 0)).containsExactly("cpu");
    assertThat(labels("cpu", 2)).containsExactly("cpu");
  }

  @Test
  void saysWhatIsThereWhenAGpuIsAskedForThatIsNot() {
    refuses("cuda", 0, "device cuda can't be used: libtorch sees no GPU");
    refuses("cuda:1", 1, "sees one GPU, cuda:0");
    refuses("cuda:7", 4, "sees 4 GPUs, cuda:0 to cuda:3");
  }

  @Test
  void knowsNoOtherDevices() {
    for (String label : List.of("gpu", "cuda:", "cuda:-1", "cuda:x", "")) {
      assertThatThrownBy(() -> new DeviceChoice(label))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("cpu, cuda, cuda:N and auto");
    }
  }

  @Test
  void eachDeviceHasItsPrecisions() {
    Device gpu = new Device(0);
    assertThat(Precision.usual(gpu)).isEqualTo(Precision.BF16);
    assertThat(Precision.usual(Device.CPU)).isEqualTo(Precision.FP16);
    Precision.FP16.requireOn(gpu);
    assertThatThrownBy(() -> Precision.INT8.requireOn(gpu))
      .isInstanceOf(ModelLoadException.class)
      .hasMessageContaining("int8 is not known on cuda:0 (there are f32, fp16, bf16)");
    assertThatThrownBy(() -> Precision.BF16.requireOn(Device.CPU))
      .isInstanceOf(ModelLoadException.class)
      .hasMessageContaining("bf16 is not known on cpu (there are f32, fp16, int8)");
  }

  private static List<String> labels(String choice, int gpus) {
    return new DeviceChoice(choice).among(gpus).stream().map(Device::label).toList();
  }

  private static void refuses(String choice, int gpus, String sentence) {
    assertThatThrownBy(() -> labels(choice, gpus)).isInstanceOfSatisfying(
        ModelLoadException.class,
        e -> {
          assertThat(e.code()).isEqualTo("device_missing");
          assertThat(e).hasMessageContaining(sentence);
        }
      );
  }
}
