package dev.atrium.engine.llamacpp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A script stands for npm: what matters here is how it is called and what its failures become. */
class LlamaPackageTest {

  @TempDir
  private Path dir;

  @Test
  void isFetchedOnceWithoutRunningAnythingOfIt() throws IOException {
    Path calls = dir.resolve("calls");
    String npm = npm(
      "echo \"$@\" >> " + calls,
      "mkdir -p \"$7/node_modules/@node-llama-cpp/linux-x64/bins/linux-x64\""
    );
    LlamaPackage llama = new LlamaPackage(dir.resolve("cache"), npm);
    assertThat(llama.libraries()).isDirectory().isEqualTo(llama.libraries());
    assertThat(Files.readAllLines(calls)).hasSize(1);
    assertThat(Files.readString(calls))
      .contains("--ignore-scripts")
      .contains("@node-llama-cpp/linux-x64@" + LlamaPackage.VERSION);
  }

  @Test
  void saysInASentenceWhyItCantBeHad() throws IOException {
    String offline = npm("echo 'npm error code ENOTFOUND'", "echo 'npm error no route'", "exit 1");
    assertThatThrownBy(() -> new LlamaPackage(dir.resolve("cache"), offline).libraries())
      .isInstanceOf(IOException.class)
      .hasMessage("llama.cpp can't be fetched: npm error no route");
    assertThatThrownBy(() -> new LlamaPackage(dir.resolve("cache"), dir + "/none").libraries())
      .isInstanceOf(IOException.class)
      .hasMessage("llama.cpp can't be fetched: there is no npm here");
    assertThatThrownBy(() -> new LlamaPackage(dir.resolve("cache"), npm("exit 0")).libraries())
      .isInstanceOf(IOException.class)
      .hasMessageContaining("nothing for this kind of machine");
  }

  private String npm(String... lines) throws IOException {
    Path script = Files.createTempFile(dir, "npm", "");
    Files.writeString(script, "#!/bin/sh\n" + String.join("\n", lines) + "\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
    return script.toString();
  }
}
