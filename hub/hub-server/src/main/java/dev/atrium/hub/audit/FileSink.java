package dev.atrium.hub.audit;

import dev.atrium.audit.Anchor;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/** A line each, appended to a file and flushed to its disk. The file may be taken away at any time. */
final class FileSink implements CheckpointSink {

  private final Vertx vertx;
  private final Path file;

  FileSink(Vertx vertx, Path file) {
    this.vertx = vertx;
    this.file = file.toAbsolutePath().normalize();
  }

  @Override
  public String name() {
    return "file:" + file;
  }

  @Override
  public Future<Void> write(List<Anchor> anchors) {
    return vertx.executeBlocking(() -> {
      append(anchors);
      return null;
    });
  }

  private void append(List<Anchor> anchors) throws IOException {
    try (
      FileChannel channel = FileChannel.open(
        file,
        StandardOpenOption.CREATE,
        StandardOpenOption.READ,
        StandardOpenOption.WRITE
      )
    ) {
      StringBuilder text = new StringBuilder(endsInTheMiddle(channel) ? "\n" : "");
      anchors.forEach(anchor -> text.append(anchor.line()).append('\n'));
      ByteBuffer bytes = StandardCharsets.UTF_8.encode(text.toString());
      channel.position(channel.size());
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
  }

  /** A crash may have left half a line, which must not spoil the next. */
  private static boolean endsInTheMiddle(FileChannel channel) throws IOException {
    ByteBuffer last = ByteBuffer.allocate(1);
    return (
      channel.size() > 0 && channel.read(last, channel.size() - 1) == 1 && last.get(0) != '\n'
    );
  }
}
