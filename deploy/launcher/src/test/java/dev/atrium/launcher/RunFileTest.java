package dev.atrium.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunFileTest {

  private static final RunFile RUN = new RunFile(
    "1.0",
    "https://127.0.0.1:8080",
    Optional.of(Path.of("/etc/atrium.pem")),
    "2026-11-23T20:00:00Z",
    7_900,
    running("launcher", ""),
    new RunFile.Database(
      "embedded",
      "127.0.0.1",
      5432,
      "atrium",
      Optional.of(running("postgres", ""))
    ),
    List.of(running("hub-1", "https://127.0.0.1:40001")),
    List.of(new RunFile.Running("node-1", 9, 8, "", List.of("/models/a", "/models/b")))
  );

  @TempDir
  Path folder;

  @Test
  void whatIsWrittenIsRead() {
    RUN.write(folder.resolve("run.json"));
    assertThat(RunFile.read(folder.resolve("run.json"))).contains(RUN);
  }

  @Test
  void isReadableByItsOwnerAloneAndLeavesNothingBeside() throws Exception {
    RUN.write(folder.resolve("run.json"));
    RUN.write(folder.resolve("run.json"));
    try (var files = Files.list(folder)) {
      assertThat(files.map(f -> f.getFileName().toString())).containsExactly("run.json");
    }
    assertThat(
      PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("run.json")))
    ).isEqualTo("rw-------");
  }

  @Test
  void nobodyRunsWhereThereIsNoFile() {
    assertThat(RunFile.read(folder.resolve("run.json"))).isEmpty();
  }

  @Test
  void aDamagedFileIsSaidInWords() throws Exception {
    Files.writeString(folder.resolve("run.json"), "{\"version\":");
    assertThatThrownBy(() -> RunFile.read(folder.resolve("run.json"))).hasMessageContaining(
      "run.json is damaged"
    );
  }

  private static RunFile.Running running(String id, String address) {
    return new RunFile.Running(id, 7, 6, address, List.of());
  }
}
