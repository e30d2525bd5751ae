package dev.atrium.starter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.engine.training.TrainingBatch;
import org.junit.jupiter.api.Test;

class RecitationTest {

  private static final Recitation RECITATION = new Recitation(3, 1024, 5, 2000);

  @Test
  void onlyWhatHasStoodBeforeIsLearned() {
    var batch = RECITATION.batch(7);
    assertThat(batch.rows() * batch.length()).isEqualTo(1024);
    assertThat(batch.learned()).isBetween(400, 1000);
    for (int row = 0; row < batch.rows(); row++) {
      int from = row * batch.length();
      int period = 1;
      while (batch.targets()[from + period - 1] == TrainingBatch.IGNORED) period++;
      for (int i = period; i < batch.length(); i++) {
        assertThat(batch.ids()[from + i])
          .isEqualTo(batch.ids()[from + i - period])
          .isBetween(5, 1999);
        assertThat(batch.targets()[from + i - 1]).isEqualTo(batch.ids()[from + i]);
      }
    }
  }

  @Test
  void aBatchDependsOnItsNumberAlone() {
    assertThat(RECITATION.batch(7).ids()).isEqualTo(RECITATION.batch(7).ids());
    assertThat(RECITATION.batch(8).ids()).isNotEqualTo(RECITATION.batch(7).ids());
  }
}
