package dev.atrium.engine.text;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/** Real tokenizers of ../shared; a test that needs an absent one is skipped with a line. */
final class SharedTokenizers {

  static final List<String> ALL = List.of(
    "tokenizers/minimind",
    "tokenizers/smollm",
    "models/stories260k"
  );

  private SharedTokenizers() {}

  static Path dir(String name) {
    Path dir = Path.of(System.getProperty("atrium.root", "."), "..", "shared").resolve(name);
    if (!Files.isDirectory(dir)) {
      System.out.println("skipped: needs " + name + " in ../shared");
    }
    Assumptions.assumeTrue(Files.isDirectory(dir), "../shared is absent");
    return dir;
  }

  /** How often a random test is repeated. */
  static int rounds(int usual) {
    return Boolean.getBoolean("atrium.long") ? usual * 20 : usual;
  }
}
