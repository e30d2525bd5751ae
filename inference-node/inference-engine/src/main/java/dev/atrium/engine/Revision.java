package dev.atrium.engine;

import dev.atrium.engine.model.RunnerInfo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * The hash that says whether two engines would write the same: over the network's shape and weights,
 * the precision, and the files that make prompts out of messages and text out of tokens and say what
 * ends an answer. Adapters join it when there are some to load.
 */
final class Revision {

  private static final List<String> TEXT_FILES = List.of(
    "tokenizer.json",
    "tokenizer_config.json",
    "chat_template.jinja",
    "generation_config.json",
    "config.json"
  );

  private Revision() {}

  static String of(RunnerInfo runner) {
    return HexFormat.of().formatHex(start(runner).digest());
  }

  static String of(RunnerInfo runner, Path modelDir) {
    MessageDigest hash = start(runner);
    for (String file : TEXT_FILES) {
      if (Files.isRegularFile(modelDir.resolve(file))) {
        byte[] content = bytes(modelDir.resolve(file));
        // With its length, so that no file can go on as another one begins.
        hash.update((file + ':' + content.length + '\n').getBytes(StandardCharsets.UTF_8));
        hash.update(content);
      }
    }
    return HexFormat.of().formatHex(hash.digest());
  }

  private static MessageDigest start(RunnerInfo runner) {
    try {
      MessageDigest hash = MessageDigest.getInstance("SHA-256");
      String base = runner.weightsHash() + runner.precision().label();
      hash.update(base.getBytes(StandardCharsets.UTF_8));
      return hash;
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
