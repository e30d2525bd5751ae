package dev.atrium.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class CheckpointTest {

  private static final String ORIGIN = Checkpoint.origin("0198f2a0-0000-7000-8000-000000000001");
  private static final Checkpoint CHECKPOINT = new Checkpoint(
    ORIGIN,
    7,
    "00ff".repeat(16),
    Instant.parse("2026-11-23T20:30:00.5Z")
  );

  @Test
  void hasOneText() {
    assertThat(CHECKPOINT.text()).isEqualTo(
      "atrium/0198f2a0-0000-7000-8000-000000000001\n7\n" +
      "AP8A/wD/AP8A/wD/AP8A/wD/AP8A/wD/AP8A/wD/AP8=\ntime 2026-11-23T20:30:00.500000Z\n"
    );
    assertThat(Checkpoint.parse(CHECKPOINT.text())).isEqualTo(CHECKPOINT);
  }

  /** The key of Go's checksum database, which names itself with this id: sum.golang.org+033de0ae+… */
  @Test
  void givesAKeyTheIdThatSignedNotesGiveIt() {
    byte[] published = Base64.getDecoder().decode("Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8");
    String spki = "302a300506032b6570032100" + HexFormat.of().formatHex(published, 1, 33);
    assertThat(CheckpointKey.of("sum.golang.org", HexFormat.of().parseHex(spki)).id()).isEqualTo(
      "033de0ae"
    );
  }

  @Test
  void provesWhoSignedIt() {
    CheckpointSigner signer = CheckpointSigner.create(ORIGIN);
    SignedCheckpoint signed = signer.sign(CHECKPOINT);
    assertThat(SignedCheckpoint.parse(signed.text())).isEqualTo(signed);
    assertThat(signer.key().verifies(signed)).isTrue();
    assertThat(CheckpointSigner.create(ORIGIN).key().verifies(signed)).isFalse();
    CheckpointSigner again = CheckpointSigner.of(signer.pkcs8(), signer.key());
    assertThat(again.sign(CHECKPOINT)).isEqualTo(signed);
  }

  @Test
  void isWorthNothingOnceAnyLetterWasChanged() {
    CheckpointSigner signer = CheckpointSigner.create(ORIGIN);
    String text = signer.sign(CHECKPOINT).text();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i) == '3' ? '4' : '3';
      String other = text.substring(0, i) + c + text.substring(i + 1);
      boolean believed;
      try {
        believed = signer.key().verifies(SignedCheckpoint.parse(other));
      } catch (IllegalArgumentException e) {
        believed = false;
      }
      assertThat(believed).as(other).isFalse();
    }
  }

  @Test
  void refusesWhatIsNoCheckpoint() {
    assertThatThrownBy(() -> SignedCheckpoint.parse("")).isInstanceOf(
      IllegalArgumentException.class
    );
    assertThatThrownBy(() ->
      SignedCheckpoint.parse(CHECKPOINT.text() + "\n— somebody.else AAAA\n")
    ).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> CheckpointKey.of(ORIGIN, new byte[44])).hasMessageContaining(
      "Ed25519"
    );
  }
}
