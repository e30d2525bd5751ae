package dev.atrium.launcher.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The web client's own browser tests ({@code npm run e2e}), in a real Chromium on a real system. */
class BrowserTest {

  @TempDir
  Path folder;

  @Test
  void everyStepOfAnEmployeeWorksInARealBrowser() throws Exception {
    Optional<String> chromium = chromium();
    if (chromium.isEmpty()) {
      System.out.println("=".repeat(72));
      System.out.println(
        "SKIPPED: no Chromium found, so no browser test was run (.ci/run installs it)"
      );
      System.out.println("=".repeat(72));
    }
    assumeTrue(chromium.isPresent(), "no Chromium");
    String starter = Atrium.starterModel().toString();
    String wordy = WordyModel.write(folder).toString();
    try (
      Atrium atrium = Atrium.up(
        folder.resolve("data"),
        "--model",
        starter,
        "--model",
        wordy
      ).awaitReady()
    ) {
      ProcessBuilder builder = new ProcessBuilder("npm", "run", "--silent", "e2e")
        .directory(Atrium.root().resolve("web").toFile())
        .redirectErrorStream(true);
      builder
        .environment()
        .putAll(
          Map.of(
            "CHROMIUM",
            chromium.orElseThrow(),
            "ATRIUM_URL",
            atrium.address(),
            "ATRIUM_USER",
            atrium.administrator(),
            "ATRIUM_PASSWORD",
            atrium.oneTimePassword(),
            "ATRIUM_WORDY_MODEL",
            "wordy"
          )
        );
      Process browser = builder.start();
      List<String> lines = browser
        .inputReader(StandardCharsets.UTF_8)
        .lines()
        .peek(System.out::println)
        .toList();
      String end = String.join("\n", lines.subList(Math.max(0, lines.size() - 60), lines.size()));
      assertThat(browser.waitFor()).as("npm run e2e:\n" + end + atrium.logs()).isZero();
    }
  }

  private static Optional<String> chromium() {
    String given = System.getenv("CHROMIUM");
    return Stream.concat(
      Stream.ofNullable(given),
      Stream.of("chromium", "chromium-browser", "google-chrome").flatMap(BrowserTest::onPath)
    ).findFirst();
  }

  private static Stream<String> onPath(String program) {
    return Stream.of(System.getenv().getOrDefault("PATH", "/usr/bin").split(File.pathSeparator))
      .map(folder -> Path.of(folder, program))
      .filter(Files::isExecutable)
      .map(Path::toString);
  }
}
