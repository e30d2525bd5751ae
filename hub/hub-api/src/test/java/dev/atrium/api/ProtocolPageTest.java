package dev.atrium.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** docs/protocol.md says what the code does: every example is a golden frame, every row is in a table of the code. */
class ProtocolPageTest {

  private static final Path ROOT = Path.of(System.getProperty("atrium.root"));
  private static final Pattern EXAMPLE = Pattern.compile(
    "#### `([a-z.]+)`(?: with ([a-z]+))?\n.*?```json\n(.*?)```",
    Pattern.DOTALL
  );

  @Test
  void showsEveryFrameAsItsGoldenFileHasIt() throws IOException {
    assertThat(examples()).isEqualTo(goldenFiles());
  }

  @Test
  void listsEveryErrorWithItsNumbers() throws IOException {
    assertThat(rowsUnder("## Errors")).containsExactlyElementsOf(
      Arrays.stream(ErrorCode.values()).map(ProtocolPageTest::row).toList()
    );
  }

  @Test
  void listsEveryCloseCode() throws IOException {
    assertThat(rowsUnder("### How a socket ends"))
      .extracting(row -> row.replaceAll("^\\| (\\d+) \\|.*\\| (yes|no) \\|$", "$1 $2"))
      .containsExactlyElementsOf(
        Arrays.stream(CloseCode.values())
          .map(c -> c.number() + " " + (c.comeBack() ? "yes" : "no"))
          .toList()
      );
  }

  private static String row(ErrorCode e) {
    return "| `%s` | %s | %d | %s | %s | %s |".formatted(
        e.code(),
        e.template("en"),
        e.http(),
        e.grpc(),
        e
          .close()
          .map(c -> String.valueOf(c.number()))
          .orElse(""),
        e.retryable() ? "yes" : ""
      );
  }

  private static List<String> rowsUnder(String heading) throws IOException {
    return page()
      .lines()
      .dropWhile(line -> !line.equals(heading))
      .skip(1)
      .takeWhile(line -> !line.startsWith("#"))
      .filter(line -> line.startsWith("|"))
      .skip(2)
      .toList();
  }

  private static Map<String, JsonObject> examples() throws IOException {
    Map<String, JsonObject> found = new TreeMap<>();
    EXAMPLE.matcher(page())
      .results()
      .forEach(m ->
        found.put(
          m.group(2) == null ? m.group(1) : m.group(1) + "." + m.group(2),
          new JsonObject(m.group(3))
        )
      );
    return found;
  }

  private static Map<String, JsonObject> goldenFiles() throws IOException {
    Map<String, JsonObject> found = new TreeMap<>();
    try (Stream<Path> files = Files.list(ROOT.resolve("hub/hub-api/src/main/resources/golden"))) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString().replaceFirst("\\.json$", "");
        found.put(name, new JsonObject(Files.readString(file)));
      }
    }
    return found;
  }

  private static String page() throws IOException {
    return Files.readString(ROOT.resolve("docs/protocol.md"));
  }
}
