package dev.atrium.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.engine.Engine;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class KernelsTest {

  @BeforeAll
  static void libraries() {
    Engine.getEngine("PyTorch");
  }

  @Test
  void anOperatorThatFailsFailsItsStepAndNoOther() {
    try (Kernels kernels = new Kernels(1)) {
      assertThatThrownBy(() -> kernels.during(() -> callOneThatFails(1)))
        .isInstanceOf(IllegalStateException.class)
        .hasRootCauseMessage("as a mistake would");
      assertThat(kernels.during(() -> 2)).isEqualTo(2);
    }
  }

  @Test
  void aFailureInAStepThatBreaksOffAnywayIsNotTheNextOnes() {
    try (Kernels kernels = new Kernels(1)) {
      assertThatThrownBy(() ->
        kernels.during(() -> {
          callOneThatFails(1);
          throw new UnsupportedOperationException("the script broke off");
        })
      ).hasMessage("the script broke off");
      assertThat(kernels.during(() -> 2)).isEqualTo(2);
    }
  }

  @Test
  void anOperatorOutsideOfAStepDoesNothing() {
    try (Kernels _ = new Kernels(1)) {
      assertThat(callOneThatFails(3)).isEqualTo(3);
    }
  }

  private static int callOneThatFails(int result) {
    Kernels.call(
      0,
      _ -> {
        throw new UnsupportedOperationException("as a mistake would");
      },
      0
    );
    return result;
  }
}
