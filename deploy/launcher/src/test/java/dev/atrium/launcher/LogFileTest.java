package dev.atrium.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogFileTest {

  @TempDir
  Path folder;

  @Test
  void neverFillsMoreThanTwoFiles() throws Exception {
    try (LogFile log = new LogFile(folder.resolve("it.log"), 1_000)) {
      for (int i = 0; i < 1_000; i++) {
        log.append("line number " + i);
      }
    }
    try (var files = Files.list(folder)) {
      assertThat(files.toList())
        .hasSize(2)
        .allMatch(f -> f.toFile().length() <= 1_000);
    }
    assertThat(Files.readAllLines(folder.resolve("it.log"))).last().isEqualTo("line number 999");
  }

  @Test
  void continuesWhatIsThere() throws Exception {
    Path file = folder.resolve("it.log");
    for (String line : new String[] { "one", "two" }) {
      try (LogFile log = new LogFile(file, 1_000)) {
        log.append(line);
      }
    }
    assertThat(Files.readAllLines(file)).containsExactly("one", "two");
  }
}
