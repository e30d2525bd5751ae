package dev.atrium.engine.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.engine.Jvm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The command in a process of its own, ended from outside in the middle of a step. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "processes are ended by signals")
class EngineSignalTest {

  private static final Path STARTER = Path.of(
    System.getProperty("atrium.root", "."),
    "inference-node/starter-model/model"
  );

  @TempDir
  private Path folder;

  @ParameterizedTest
  @CsvSource({ "INT,130", "TERM,143" })
  void endsByASignalWithItsCodeThoughAStepIsRunning(String signal, int code) throws Exception {
    List<String> command = new ArrayList<>();
    // A test run in the background of a shell ignores SIGINT and would hand that on: no Ctrl-C then.
    command.addAll(List.of("env", "--default-signal=INT"));
    command.addAll(
      Jvm.command(SignalledEngine.class, "-XX:-CreateCoredumpOnCrash", "-XX:ErrorFile=/dev/null")
    );
    command.add(signal);
    // One thread and a long prompt: steps that last.
    command.addAll(List.of("bench", "--model", STARTER.toString(), "--threads", "1"));
    command.addAll(List.of("--streams", "4", "--prompt", "480", "--tokens", "16"));
    Path output = folder.resolve("output");
    Process engine = new ProcessBuilder(command)
      .redirectErrorStream(true)
      .redirectOutput(output.toFile())
      .start();
    try {
      assertThat(engine.waitFor(60, TimeUnit.SECONDS)).as("it ends").isTrue();
      assertThat(engine.exitValue()).as(Files.readString(output)).isEqualTo(code);
    } finally {
      engine.destroyForcibly();
    }
  }
}
