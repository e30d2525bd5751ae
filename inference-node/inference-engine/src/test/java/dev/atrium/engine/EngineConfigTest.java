package dev.atrium.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.engine.model.Device;
import org.junit.jupiter.api.Test;

class EngineConfigTest {

  private static final Device GPU = new Device(0);

  @Test
  void aStepSuitsTheDeviceUnlessItWasChosen() {
    var cpu = EngineConfig.defaults();
    assertThat(cpu.stepTokenBudget()).isEqualTo(256);
    assertThat(cpu.withDevice(GPU).stepTokenBudget()).isEqualTo(4096);
    assertThat(cpu.withDevice(GPU).withDevice(Device.CPU)).isEqualTo(cpu);
    assertThat(cpu.withStepTokenBudget(100).withDevice(GPU).stepTokenBudget()).isEqualTo(100);
  }
}
