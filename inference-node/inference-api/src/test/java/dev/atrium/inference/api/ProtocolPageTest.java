package dev.atrium.inference.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** docs/protocol.md shows each message of the bus as its golden file has it. */
class ProtocolPageTest {

  private static final Path ROOT = Path.of(System.getProperty("atrium.root"));
  private static final Pattern EXAMPLE = Pattern.compile(
    "#### bus `([a-z-]+)`\n.*?```json\n(.*?)```",
    Pattern.DOTALL
  );

  @Test
  void showsEveryMessageOfTheBusAsItsGoldenFileHasIt() throws IOException {
    Map<String, JsonObject> shown = new TreeMap<>();
    EXAMPLE.matcher(Files.readString(ROOT.resolve("docs/protocol.md")))
      .results()
      .forEach(m -> shown.put(m.group(1), new JsonObject(m.group(2))));
    assertThat(shown).isEqualTo(goldenFiles());
  }

  private static Map<String, JsonObject> goldenFiles() throws IOException {
    Path folder = ROOT.resolve("inference-node/inference-api/src/test/resources/golden");
    Map<String, JsonObject> found = new TreeMap<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString().replaceFirst("\\.json$", "");
        found.put(name, new JsonObject(Files.readString(file)));
      }
    }
    return found;
  }
}
