package dev.atrium.engine.torchscript;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** The scripts among the engine's resources. */
public enum ScriptText {
  /** The network: one for every device, and for training. */
  DECODER("decoder.py"),
  /** How a device draws tokens. */
  DRAWING("drawing.py");

  private final String file;

  ScriptText(String file) {
    this.file = file;
  }

  public String read() {
    try (InputStream in = ScriptText.class.getResourceAsStream("/dev/atrium/engine/" + file)) {
      return new String(Objects.requireNonNull(in, file).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
