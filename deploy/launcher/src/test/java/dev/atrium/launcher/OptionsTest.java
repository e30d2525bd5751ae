package dev.atrium.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.atrium.policy.OneTimePassword;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OptionsTest {

  @TempDir
  Path folder;

  @Test
  void wrongOptionsEndWith64() {
    Console silent = new Console(new PrintStream(OutputStream.nullOutputStream()));
    assertThat(LauncherMain.run(new String[] { "up", "--colour" }, silent)).isEqualTo(64);
    assertThat(LauncherMain.run(new String[] { "up", "--port", "many" }, silent)).isEqualTo(64);
  }

  @Test
  void aPortOutsideTheRangeIsRefused() {
    assertRefused(
      () -> new UpOptions(folder, 70_000, 1, 1, List.of(), Optional.empty()),
      64,
      "--port"
    );
    Optional<String> gpu = Optional.of("gpu");
    assertRefused(() -> new UpOptions(folder, 8080, 1, 1, List.of(), gpu), 64, "--device");
    assertRefused(
      () -> new UpOptions(folder, 8080, 0, 1, List.of(), Optional.empty()),
      64,
      "--hubs"
    );
  }

  @Test
  void aModelDirectoryThatIsNotThereIsRefused() {
    List<Path> models = List.of(folder.resolve("none"));
    assertRefused(
      () -> new UpOptions(folder, 8080, 1, 1, models, Optional.empty()),
      69,
      "is not there"
    );
    assertRefused(
      () -> new UpOptions(folder, 8080, 1, 1, List.of(folder), Optional.empty()),
      69,
      "config.json"
    );
  }

  @Test
  void aScriptDoesInPlaceOfWeights() throws Exception {
    Files.writeString(folder.resolve("script.json"), "{}");
    UpOptions options = new UpOptions(folder, 8080, 1, 1, List.of(folder), Optional.empty());
    assertThat(options.models()).containsExactly(folder);
  }

  @Test
  void aBareNameIsAModelOfTheDataFolder() throws Exception {
    Path pulled = Files.createDirectories(folder.resolve("models/Qwen3-0.6B"));
    Files.writeString(pulled.resolve("config.json"), "{}");
    UpOptions options = new UpOptions(
      folder,
      8080,
      1,
      1,
      List.of(Path.of("Qwen3-0.6B")),
      Optional.empty()
    );
    assertThat(options.models()).containsExactly(pulled);
    List<Path> unknown = List.of(Path.of("Qwen3-7B"));
    assertRefused(
      () -> new UpOptions(folder, 8080, 1, 1, unknown, Optional.empty()),
      69,
      "is not there"
    );
  }

  @Test
  void anUnknownSettingIsRefused() {
    assertRefused(() -> new Settings(Map.of("ATRIUM_PRECISON", "int8")), 64, "ATRIUM_PRECISON");
  }

  @Test
  void settingsReachTheProcessTheyBelongTo() {
    Settings settings = new Settings(
      Map.of("ATRIUM_PRECISION", "int8", "ATRIUM_HTTP_HOST", "10.0.0.1", "HOME", "/")
    );
    assertThat(settings.forNode()).containsKey("ATRIUM_PRECISION").doesNotContainKey("HOME");
    assertThat(settings.forHub())
      .doesNotContainKey("ATRIUM_PRECISION")
      .containsKey("ATRIUM_HTTP_HOST");
  }

  @Test
  void furtherOptionsOfTheJvmAreWordsAndNoSettingsOfTheProcess() {
    Settings settings = new Settings(Map.of("ATRIUM_HUB_JAVA_OPTIONS", " -Xmx4g  -Da=b "));
    assertThat(settings.words(Settings.HUB_JAVA_OPTIONS)).containsExactly("-Xmx4g", "-Da=b");
    assertThat(settings.words(Settings.NODE_JAVA_OPTIONS)).isEmpty();
    assertThat(settings.forHub()).doesNotContainKey("ATRIUM_HUB_JAVA_OPTIONS");
    JavaProgram program = new JavaProgram(
      List.of("java", "-Xmx1g"),
      "hub.jar",
      "Hub",
      new StartupArchive(Path.of("nowhere"), List.of("java"), List.of())
    );
    assertThat(program.command(List.of("-Xmx4g"), Optional.empty()))
      .startsWith("java", "-Xmx1g", "-Xmx4g")
      .endsWith("-cp", "hub.jar", "Hub");
  }

  @Test
  void oneTimePasswordsAreLongReadableAndDifferent() {
    String password = OneTimePassword.create(new Random(1));
    assertThat(password).matches("([2-9a-z]{4}-){4}[2-9a-z]{4}").doesNotContain("0", "o", "1", "l");
    assertThat(OneTimePassword.create()).isNotEqualTo(OneTimePassword.create());
  }

  @Test
  void restartPausesGrowUpToTheirLimit() {
    RestartPolicy policy = RestartPolicy.DEFAULT;
    assertThat(policy.pause(1)).isEqualTo(policy.first());
    assertThat(policy.pause(2)).isEqualTo(policy.first().multipliedBy(2));
    assertThat(policy.pause(50)).isEqualTo(policy.longest());
  }

  @Test
  void aPatientLauncherForgivesWhoLivedForASecond() {
    System.setProperty("atrium.restart.patient", "true");
    try {
      assertThat(RestartPolicy.fromSystemProperty().healthyAfter()).isEqualTo(
        Duration.ofSeconds(1)
      );
    } finally {
      System.clearProperty("atrium.restart.patient");
    }
    assertThat(RestartPolicy.fromSystemProperty()).isEqualTo(RestartPolicy.DEFAULT);
  }

  private static void assertRefused(Runnable made, int code, String message) {
    assertThatThrownBy(made::run)
      .isInstanceOfSatisfying(LauncherException.class, e ->
        assertThat(e.exitCode()).isEqualTo(code)
      )
      .hasMessageContaining(message);
  }
}
