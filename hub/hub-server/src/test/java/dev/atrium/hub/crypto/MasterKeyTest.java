package dev.atrium.hub.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MasterKeyTest {

  private static final byte[] SECRET = "secret".getBytes(StandardCharsets.UTF_8);
  private static final Aad HERE = Aad.of("table", 1);

  @TempDir
  Path dir;

  private MasterKey load(String content) throws Exception {
    var file = dir.resolve("master.key");
    Files.writeString(file, content);
    return MasterKey.load(file);
  }

  @Test
  void isTheSameKeyEveryTimeItIsRead() throws Exception {
    var text = Base64.getEncoder().encodeToString(AesGcm.newKey()) + "\n";
    var first = load(text);
    var wrapped = first.wrap(SECRET, HERE);
    var again = load(text);
    assertThat(again.id()).isEqualTo(first.id());
    assertThat(again.unwrap(wrapped, first.id(), HERE)).isEqualTo(SECRET);
  }

  @Test
  void refusesAFileThatIsNoKeyAndDoesNotRepeatIt() throws Exception {
    for (var content : new String[] { "", "sesame", Base64.getEncoder().encodeToString(SECRET) }) {
      assertThatThrownBy(() -> load(content))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("master.key")
        .hasMessageNotContaining("sesame");
    }
    assertThatThrownBy(() -> MasterKey.load(dir.resolve("absent"))).hasMessageContaining("absent");
  }

  @Test
  void saysSoWhenAnotherMasterKeyIsNeeded() {
    var right = MasterKey.random();
    var wrapped = right.wrap(SECRET, HERE);
    assertThatThrownBy(() -> MasterKey.random().unwrap(wrapped, right.id(), HERE))
      .isInstanceOf(WrongMasterKeyException.class)
      .hasMessageContaining(right.id());
  }

  @Test
  void opensNothingInAnotherPlaceOrAfterAChange() {
    var key = MasterKey.random();
    var wrapped = key.wrap(SECRET, HERE);
    assertThatThrownBy(() -> key.unwrap(wrapped, key.id(), Aad.of("table", 2))).isInstanceOf(
      DecryptionException.class
    );
    for (var i = 0; i < wrapped.length; i++) {
      var altered = wrapped.clone();
      altered[i] ^= 1;
      assertThatThrownBy(() -> key.unwrap(altered, key.id(), HERE)).isInstanceOf(
        DecryptionException.class
      );
    }
    assertThatThrownBy(() -> key.unwrap(new byte[3], key.id(), HERE)).isInstanceOf(
      DecryptionException.class
    );
  }

  @Test
  void keepsTwoPlacesFromHavingOneName() {
    assertThatThrownBy(() -> Aad.of("a", "b/c")).isInstanceOf(IllegalArgumentException.class);
  }
}
