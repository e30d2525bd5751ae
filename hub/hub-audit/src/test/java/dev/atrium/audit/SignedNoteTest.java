package dev.atrium.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class SignedNoteTest {

  private final CheckpointSigner signer = CheckpointSigner.create("atrium/test");

  @Test
  void isReadBackAndVerified() {
    SignedNote note = SignedNote.parse(signer.sign("a certificate\nof two lines\n").note());
    assertThat(note.text()).isEqualTo("a certificate\nof two lines\n");
    assertThat(signer.key().verifies(note)).isTrue();
    assertThat(CheckpointSigner.create("atrium/test").key().verifies(note)).isFalse();
  }

  @Test
  void isNotVerifiedAfterAChange() {
    String note = signer.sign("ten rows\n").note();
    assertThat(signer.key().verifies(SignedNote.parse(note.replace("ten", "two")))).isFalse();
    assertThatThrownBy(() -> SignedNote.parse(note.strip())).isInstanceOf(
      IllegalArgumentException.class
    );
  }

  @Test
  void canNotBeTakenForACheckpoint() {
    assertThatThrownBy(() -> signer.sign("atrium/test\n1\n")).isInstanceOf(
      IllegalArgumentException.class
    );
  }
}
