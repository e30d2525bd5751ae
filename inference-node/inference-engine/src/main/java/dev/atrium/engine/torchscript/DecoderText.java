package dev.atrium.engine.torchscript;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** The text of the network, {@code decoder.py}: one for every device, and for training. */
public final class DecoderText {

  private DecoderText() {}

  public static String read() {
    try (InputStream in = DecoderText.class.getResourceAsStream("/dev/atrium/engine/decoder.py")) {
      return new String(
        Objects.requireNonNull(in, "decoder.py").readAllBytes(),
        StandardCharsets.UTF_8
      );
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
