package dev.atrium.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A million records are verified in a minute at most, which {@code -Plong} tries; the time is printed. */
class VerifierSpeedTest {

  private static final int RECORDS = Boolean.getBoolean("atrium.long") ? 1_000_000 : 20_000;

  @TempDir
  private Path folder;

  @Test
  void verifiesAMillionRecordsInAMinute() throws IOException {
    SealedLog log = new SealedLog(RECORDS, 400, 1);
    Path file = folder.resolve("export");
    try (
      var out = new PrintStream(
        new BufferedOutputStream(Files.newOutputStream(file)),
        false,
        StandardCharsets.UTF_8
      )
    ) {
      log.lines.forEach(line -> out.print(line + "\n"));
    }
    long start = System.nanoTime();
    try (var in = Files.newInputStream(file)) {
      assertThat(Verifier.verify(in, log.anchors, List.of()).intact()).isTrue();
    }
    Duration took = Duration.ofNanos(System.nanoTime() - start);
    System.out.printf(
      "verified %,d records (%,d MiB, %,d anchors) in %.1f s%n",
      RECORDS,
      Files.size(file) >> 20,
      log.anchors.size(),
      took.toMillis() / 1e3
    );
    assertThat(took).isLessThan(Duration.ofSeconds(60));
  }
}
