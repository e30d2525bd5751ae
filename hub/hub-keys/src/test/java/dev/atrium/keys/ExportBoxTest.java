package dev.atrium.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ExportBoxTest {

  @Test
  void isOpenedByItsReceiverAtItsPlaceOnly() {
    ExportBox box = ExportBox.create();
    byte[] sealed = ExportBox.seal(box.publicKey(), new byte[] { 7 }, "job/1");
    assertThat(box.open(sealed, "job/1")).containsExactly(7);
    assertThatThrownBy(() -> box.open(sealed, "job/2")).isInstanceOf(
      IllegalArgumentException.class
    );
    assertThatThrownBy(() -> ExportBox.create().open(sealed, "job/1")).isInstanceOf(
      IllegalArgumentException.class
    );
    assertThatThrownBy(() -> ExportBox.seal("{}", new byte[1], "job/1")).isInstanceOf(
      IllegalArgumentException.class
    );
  }
}
