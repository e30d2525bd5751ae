package dev.atrium.engine.llamacpp;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;

/**
 * Writes a GGUF file, version 3 (docs/gguf.md of ggml): facts about the model, the tensors' names and
 * sizes, then their numbers, each tensor at a multiple of 32 bytes. The file appears whole or not at all.
 */
final class GgufWriter {

  private static final int MAGIC = 0x46554747; // "GGUF"
  private static final int VERSION = 3;
  private static final int ALIGNMENT = 32;
  private static final int INTEGER = 4;
  private static final int FLOAT = 6;
  private static final int STRING = 8;

  /** Rows of numbers of one tensor. */
  @FunctionalInterface
  interface Rows {
    void read(int row, float[] into);
  }

  /**
   * @param rows 1 for a vector, which then has one dimension
   */
  record Tensor(String name, int rows, int columns, GgufType type, Rows numbers) {
    long bytes() {
      return rows * type.bytes(columns);
    }
  }

  private GgufWriter() {}

  /**
   * @param facts strings, integers and floats by their keys
   */
  static void write(Path file, Map<String, Object> facts, List<Tensor> tensors) throws IOException {
    Path part = file.resolveSibling(file.getFileName() + ".part");
    try (
      FileChannel channel = FileChannel.open(
        part,
        StandardOpenOption.CREATE,
        StandardOpenOption.TRUNCATE_EXISTING,
        StandardOpenOption.WRITE
      )
    ) {
      writeAll(channel, head(facts, tensors));
      for (Tensor tensor : tensors) {
        pad(channel);
        ByteBuffer row = buffer((int) tensor.type().bytes(tensor.columns()));
        float[] numbers = new float[tensor.columns()];
        for (int r = 0; r < tensor.rows(); r++) {
          tensor.numbers().read(r, numbers);
          tensor.type().put(numbers, row.clear());
          writeAll(channel, row.flip());
        }
      }
    }
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private static ByteBuffer head(Map<String, Object> facts, List<Tensor> tensors) {
    ByteBuffer out = buffer(1 << 20);
    out.putInt(MAGIC).putInt(VERSION).putLong(tensors.size()).putLong(facts.size());
    facts.forEach((key, value) -> {
      put(out, key);
      switch (value) {
        case Integer i -> out.putInt(INTEGER).putInt(i);
        case Float f -> out.putInt(FLOAT).putFloat(f);
        case String s -> put(out.putInt(STRING), s);
        default -> throw new IllegalArgumentException(key + " is a " + value.getClass());
      }
    });
    long at = 0;
    for (Tensor tensor : tensors) {
      put(out, tensor.name());
      out.putInt(tensor.rows() == 1 ? 1 : 2).putLong(tensor.columns());
      if (tensor.rows() > 1) {
        out.putLong(tensor.rows());
      }
      out.putInt(tensor.type().code()).putLong(at);
      at = aligned(at + tensor.bytes());
    }
    out.position((int) aligned(out.position()));
    return out.flip();
  }

  private static void put(ByteBuffer out, String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    out.putLong(utf8.length).put(utf8);
  }

  private static void pad(FileChannel channel) throws IOException {
    int missing = (int) (aligned(channel.position()) - channel.position());
    writeAll(channel, buffer(missing));
  }

  private static long aligned(long at) {
    return ((at + ALIGNMENT - 1) / ALIGNMENT) * ALIGNMENT;
  }

  private static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static void writeAll(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }
}
