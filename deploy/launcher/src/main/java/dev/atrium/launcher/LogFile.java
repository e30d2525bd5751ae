package dev.atrium.launcher;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * A process's log on disk, bounded: past {@code maxBytes} the file becomes {@code name.1} (replacing the
 * last one), so that two files of that size is the most a process can fill.
 */
final class LogFile implements Closeable {

  /** 8 MiB a file. */
  static final long MAX_BYTES = 8L << 20;

  private final Path file;
  private final long maxBytes;
  private OutputStream out;
  private long size;

  LogFile(Path file, long maxBytes) {
    this.file = file;
    this.maxBytes = maxBytes;
    try {
      open();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Appends one line. A full disk loses log lines, never the process. */
  synchronized void append(String line) {
    try {
      byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
      if (size > 0 && size + bytes.length > maxBytes) {
        out.close();
        Files.move(file, previous(), StandardCopyOption.REPLACE_EXISTING);
        open();
      }
      out.write(bytes);
      size += bytes.length;
    } catch (IOException e) {
      // Nowhere left to say it.
    }
  }

  @Override
  public synchronized void close() {
    try {
      out.close();
    } catch (IOException e) {
      // Nothing more to write, so nothing is lost.
    }
  }

  private Path previous() {
    return file.resolveSibling(file.getFileName() + ".1");
  }

  private void open() throws IOException {
    out = Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    size = Files.size(file);
  }
}
