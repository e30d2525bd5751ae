package dev.atrium.engine.safetensors;

import com.fasterxml.jackson.databind.ObjectMapper;
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

/**
 * Writes a safetensors file: the header, padded to a multiple of eight with spaces, then the tensors
 * in the order given. The file appears at once and whole, or not at all.
 */
public final class SafetensorsWriter {

  private static final ObjectMapper JSON = new ObjectMapper();

  private SafetensorsWriter() {}

  public static void write(Path file, List<Weight> weights) throws IOException {
    var part = file.resolveSibling(file.getFileName() + ".part");
    try (
      var channel = FileChannel.open(
        part,
        StandardOpenOption.CREATE,
        StandardOpenOption.TRUNCATE_EXISTING,
        StandardOpenOption.WRITE
      )
    ) {
      writeAll(channel, header(weights));
      for (var weight : weights) writeAll(channel, weight.bytes().asByteBuffer());
      channel.force(true);
    }
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private static ByteBuffer header(List<Weight> weights) throws IOException {
    var root = JSON.createObjectNode();
    long at = 0;
    for (var weight : weights) {
      var entry = root.putObject(weight.name()).put("dtype", weight.type().name());
      var shape = entry.putArray("shape");
      for (long n : weight.shape()) shape.add(n);
      entry.putArray("data_offsets").add(at).add(at + weight.bytes().byteSize());
      at += weight.bytes().byteSize();
    }
    var json = JSON.writeValueAsString(root);
    var padded = json + " ".repeat((8 - (json.length() % 8)) % 8);
    var utf8 = padded.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(Long.BYTES + utf8.length)
      .order(ByteOrder.LITTLE_ENDIAN)
      .putLong(utf8.length)
      .put(utf8)
      .flip();
  }

  private static void writeAll(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) channel.write(bytes);
  }
}
