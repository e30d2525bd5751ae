package dev.atrium.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataFolderTest {

  @TempDir
  Path parent;

  @Test
  void theMasterKeyIsMadeOnceAndOnlyItsOwnerMayReadIt() throws Exception {
    String first;
    try (DataFolder data = DataFolder.open(parent.resolve("data"))) {
      first = Files.readString(data.masterKey());
      assertThat(Base64.getDecoder().decode(first.trim())).hasSize(32);
      assertThat(
        PosixFilePermissions.toString(Files.getPosixFilePermissions(data.masterKey()))
      ).isEqualTo("rw-------");
    }
    try (DataFolder again = DataFolder.open(parent.resolve("data"))) {
      assertThat(Files.readString(again.masterKey())).isEqualTo(first);
    }
  }

  @Test
  void aFolderInUseIsRefusedAndItsUserNamed() {
    try (DataFolder data = DataFolder.open(parent.resolve("data"))) {
      assertConflict(
        data.path(),
        "in use by another Atrium (process " + ProcessHandle.current().pid()
      );
    }
  }

  @Test
  void aFolderOfANewerVersionIsRefusedAndLeftAsItWas() throws Exception {
    Path folder = Files.createDirectories(parent.resolve("data"));
    Files.writeString(folder.resolve("atrium.json"), "{\"format\": 2}");
    assertConflict(folder, "made by a newer version");
    try (var files = Files.list(folder)) {
      assertThat(files.toList()).containsExactly(folder.resolve("atrium.json"));
    }
  }

  @Test
  void aFolderThatCanNotBeMadeIsSaidInWords() throws Exception {
    Path file = Files.createFile(parent.resolve("a-file"));
    assertThatThrownBy(() -> DataFolder.open(file.resolve("data"))).hasMessageContaining(
      "can't be written"
    );
  }

  private static void assertConflict(Path folder, String message) {
    assertThatThrownBy(() -> DataFolder.open(folder))
      .isInstanceOfSatisfying(LauncherException.class, e ->
        assertThat(e.exitCode()).isEqualTo(LauncherException.CONFLICT)
      )
      .hasMessageContaining(message);
  }
}
