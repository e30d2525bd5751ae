package dev.atrium.engine.llamacpp;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The prebuilt library of llama.cpp for processors, from the npm package that node-llama-cpp publishes it
 * in. It is fetched by npm, which checks its hash, once, without running anything of it.
 */
public final class LlamaPackage {

  /** The layouts in {@link LibLlama} are those of this one. */
  public static final String VERSION = "3.22.1";

  private static final String NAME = "@node-llama-cpp/linux-x64";
  private static final int PATIENCE_MINUTES = 5;

  private final Path cache;
  private final String npm;

  /**
   * @param cache a folder for it, made if need be
   */
  public LlamaPackage(Path cache) {
    this(cache, "npm");
  }

  LlamaPackage(Path cache, String npm) {
    this.cache = cache;
    this.npm = npm;
  }

  /**
   * The folder with the libraries; fetched if it is not there yet.
   *
   * @throws IOException if it can't be had; the message says why in a sentence
   */
  public Path libraries() throws IOException {
    Path home = cache.resolve("node-llama-cpp-" + VERSION);
    Path libraries = home
      .resolve("node_modules")
      .resolve(NAME)
      .resolve("bins")
      .resolve("linux-x64");
    if (!Files.isDirectory(libraries)) {
      fetch(home);
    }
    if (!Files.isDirectory(libraries)) {
      throw new IOException("llama.cpp can't be fetched: npm has nothing for this kind of machine");
    }
    return libraries;
  }

  private void fetch(Path home) throws IOException {
    Files.createDirectories(home);
    Path log = home.resolve("npm.log");
    List<String> command = List.of(
      npm,
      "install",
      "--ignore-scripts",
      "--no-audit",
      "--no-fund",
      "--no-save",
      "--prefix",
      home.toString(),
      NAME + "@" + VERSION
    );
    Process process;
    try {
      process = new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(log.toFile())
        .start();
    } catch (IOException e) {
      throw new IOException("llama.cpp can't be fetched: there is no npm here", e);
    }
    try {
      if (!process.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES)) {
        throw new IOException("llama.cpp can't be fetched: npm takes too long");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while npm fetched llama.cpp", e);
    } finally {
      process.destroy();
    }
    if (process.exitValue() != 0) {
      throw new IOException("llama.cpp can't be fetched: " + firstError(log));
    }
  }

  private static String firstError(Path log) throws IOException {
    try (Stream<String> lines = Files.lines(log)) {
      return lines
        .filter(line -> line.startsWith("npm error"))
        .filter(line -> !line.startsWith("npm error code"))
        .findFirst()
        .orElse("npm failed, see " + log);
    }
  }
}
