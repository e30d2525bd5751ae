package dev.atrium.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MasterKeysetTest {

  private static final byte[] PLACE = "place".getBytes(StandardCharsets.UTF_8);

  @TempDir
  Path folder;

  private Path file(String content) throws Exception {
    return Files.writeString(folder.resolve("master.key"), content);
  }

  @Test
  void readsTheFileOfOneKeyThatInstallationsBeganWith() throws Exception {
    byte[] key = Aes256Gcm.random().bytes();
    MasterKeyset read = MasterKeyset.read(
      file(Base64.getEncoder().encodeToString(key) + "\n"),
      Optional.empty()
    );
    assertThat(read.primary().bytes()).isEqualTo(key);
    assertThat(read.ids()).hasSize(1);
  }

  @Test
  void keepsTheOldKeyBesideANewPrimaryThroughTheFile() throws Exception {
    MasterKeyset old = MasterKeyset.random();
    byte[] sealed = old.primary().seal(new byte[] { 7 }, PLACE);
    Path file = file("");
    old.withNewPrimary().write(file, Optional.empty());
    MasterKeyset read = MasterKeyset.read(file, Optional.empty());
    assertThat(read.primaryId()).isNotEqualTo(old.primaryId());
    assertThat(read.find(old.primaryId()).orElseThrow().open(sealed, PLACE)).containsExactly(7);
    assertThat(Files.readString(file)).contains("AesGcmKey");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file))).isEqualTo(
      "rw-------"
    );
    read.primaryOnly().write(file, Optional.empty());
    assertThat(MasterKeyset.read(file, Optional.empty()).ids()).containsExactly(read.primaryId());
  }

  @Test
  void refusesAFileThatHoldsNoKeyAndDoesNotRepeatIt() throws Exception {
    for (String content : new String[] { "", "sesame", "c2VzYW1l", "{\"sesame\": 1}" }) {
      Path file = file(content);
      assertThatThrownBy(() -> MasterKeyset.read(file, Optional.empty()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasStackTraceContaining("master.key")
        .satisfies(e -> assertThat(e.toString() + e.getCause()).doesNotContain("sesame"));
    }
    assertThatThrownBy(() ->
      MasterKeyset.read(folder.resolve("absent"), Optional.empty())
    ).hasMessageContaining("absent");
  }
}
