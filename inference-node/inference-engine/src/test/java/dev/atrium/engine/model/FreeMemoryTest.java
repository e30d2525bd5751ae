package dev.atrium.engine.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FreeMemoryTest {

  @TempDir
  private Path root;

  @Test
  void isWhatTheMachineHasOrWhatTheGroupHasLeft() throws IOException {
    assertThat(free()).as("nobody tells").isEqualTo(Long.MAX_VALUE);
    write("proc/meminfo", "MemTotal:  9000 kB\nMemAvailable:   5000 kB\n");
    assertThat(free()).isEqualTo(5000 * 1024);
    write("sys/fs/cgroup/memory.max", "max\n");
    write("sys/fs/cgroup/memory.current", "1000000\n");
    assertThat(free()).isEqualTo(5000 * 1024);
    write("sys/fs/cgroup/memory.max", "3000000\n");
    assertThat(free()).isEqualTo(2_000_000);
    write("sys/fs/cgroup/memory.stat", "anon 1\ninactive_file 400000\n");
    assertThat(free()).isEqualTo(2_400_000);
    write("sys/fs/cgroup/memory.current", "9000000\n");
    assertThat(free()).isZero();
  }

  @Test
  void thisMachineHasSome() {
    assertThat(FreeMemory.bytes()).isPositive();
  }

  private long free() {
    return new FreeMemory(root).read();
  }

  private void write(String file, String text) throws IOException {
    Files.createDirectories(root.resolve(file).getParent());
    Files.writeString(root.resolve(file), text);
  }
}
