package dev.atrium.starter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.engine.safetensors.SafetensorsDirectory;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The command in a process of its own, stopped from outside as a terminal stops it. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class TrainMainTest {

  private static final int CTRL_C = 130;
  private static final int NOT_THERE = 69;
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(
    ByteOrder.LITTLE_ENDIAN
  );

  /** A process that begins in the middle rounds otherwise; one step moves a weight by up to 1e-3. */
  private static final float ROUNDING = 3e-5f;

  private static final Path SHIPPED = Path.of(System.getProperty("atrium.root")).resolve(
    "inference-node/starter-model/model"
  );

  @TempDir
  private Path dir;

  @Test
  void whatWasStoppedByCtrlCResumesAsIfNothingHadHappened() throws Exception {
    var whole = start("whole", "--steps", "8");
    assertThat(whole.waitFor()).isZero();

    var stopped = start("halves", "--steps", "8");
    try (var output = stopped.inputReader(StandardCharsets.UTF_8)) {
      waitForTheFirstStep(output);
      interrupt(stopped);
      assertThat(output.lines()).anyMatch(line -> line.contains("--resume goes on"));
    }
    assertThat(stopped.waitFor()).isEqualTo(CTRL_C);
    assertThat(dir.resolve("halves/model")).doesNotExist();

    var resumed = start("halves", "--resume");
    try (var output = resumed.inputReader(StandardCharsets.UTF_8)) {
      assertThat(output.lines()).noneMatch(line -> line.contains("step 1/8"));
    }
    assertThat(resumed.waitFor()).isZero();
    assertThat(dir.resolve("halves/model/model.safetensors")).exists();
    assertThat(furthest(learned("halves"), learned("whole"))).isLessThanOrEqualTo(ROUNDING);
  }

  @Test
  void refusesAGpuThatIsNotThere() throws Exception {
    var refused = start("refused", "--steps", "8", "--device", "cuda:99");
    assertThat(refused.waitFor()).isEqualTo(NOT_THERE);
    assertThat(dir.resolve("refused")).doesNotExist();
  }

  /** A training that begins with the shipped weights, so that no tokenizer has to be made. */
  private Process start(String name, String... length) throws IOException {
    var command = new ArrayList<String>();
    // A test run in the background of a shell ignores SIGINT and would hand that on: no Ctrl-C then.
    command.addAll(List.of("env", "--default-signal=INT"));
    command.add(ProcessHandle.current().info().command().orElseThrow());
    ManagementFactory.getRuntimeMXBean()
      .getInputArguments()
      .stream()
      .filter(argument -> !argument.startsWith("-javaagent"))
      .forEach(command::add);
    command.addAll(
      List.of("-cp", System.getProperty("java.class.path"), TrainMain.class.getName())
    );
    command.addAll(List.of("--from", SHIPPED.toString(), "--threads", "1", "--unmeasured"));
    command.addAll(List.of("--out", dir.resolve(name).resolve("model").toString()));
    command.addAll(List.of("--checkpoint", dir.resolve(name).resolve("checkpoint").toString()));
    command.addAll(List.of(length));
    return new ProcessBuilder(command)
      .redirectError(ProcessBuilder.Redirect.INHERIT)
      .redirectOutput(
        name.equals("whole") ? ProcessBuilder.Redirect.DISCARD : ProcessBuilder.Redirect.PIPE
      )
      .start();
  }

  private static void waitForTheFirstStep(BufferedReader output) throws IOException {
    for (var line = output.readLine(); line != null; line = output.readLine()) {
      if (line.contains("step 1/8")) return;
    }
    throw new AssertionError("it ended before its first step");
  }

  private static void interrupt(Process process) throws Exception {
    var kill = new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).inheritIO().start();
    assertThat(kill.waitFor()).isZero();
  }

  /** How far the two that differ most are apart; NaN if one of them is no number. */
  private static float furthest(float[] one, float[] other) {
    assertThat(one).hasSameSizeAs(other);
    float furthest = 0;
    for (int i = 0; i < one.length; i++) {
      furthest = Math.max(furthest, Math.abs(one[i] - other[i]));
    }
    return furthest;
  }

  /** The embeddings of the last checkpoint: every step changes them. */
  private float[] learned(String name) {
    try (var checkpoint = SafetensorsDirectory.open(dir.resolve(name).resolve("checkpoint"))) {
      return checkpoint.weight("weight.0", 4096, 192).bytes().toArray(FLOAT);
    }
  }
}
