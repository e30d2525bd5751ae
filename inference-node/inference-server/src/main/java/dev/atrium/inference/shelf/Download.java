package dev.atrium.inference.shelf;

import dev.atrium.inference.shelf.Repository.RemoteFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;

/**
 * Fetches one file: into a name with {@code .part} at its end, on from where an earlier attempt
 * stopped, and to its own name only when size and hash are right.
 */
final class Download {

  private static final int ATTEMPTS = 6;
  private static final int BUFFER = 1 << 20;

  private final Endpoint endpoint;
  private final Duration pause;
  private final Duration stall;

  /**
   * @param pause before the second attempt; twice as long before each further one
   * @param stall a connection that brings nothing for so long is given up
   */
  Download(Endpoint endpoint, Duration pause, Duration stall) {
    this.endpoint = endpoint;
    this.pause = pause;
    this.stall = stall;
  }

  /**
   * @param progress hears how many bytes are there
   * @throws ShelfException if it can't be had, or is not what it should be
   */
  Path fetch(Repository repository, RemoteFile file, Path folder, LongConsumer progress)
    throws IOException {
    Path done = folder.resolve(file.name());
    if (Files.exists(done)) {
      progress.accept(file.size());
      return done;
    }
    Path part = folder.resolve(file.name() + ".part");
    boolean fresh = Files.notExists(part);
    while (true) {
      fill(repository, file, part, progress);
      if (hash(part, file).equals(file.hash())) {
        return Files.move(part, done, StandardCopyOption.ATOMIC_MOVE);
      }
      Files.delete(part);
      if (fresh) {
        throw new ShelfException(
          ShelfException.DAMAGED,
          "%s of %s came with another content than its hash says; nothing of it was kept.".formatted(
            file.name(),
            repository.id()
          )
        );
      }
      // What an earlier run left may have been at fault: once more, all of it.
      fresh = true;
    }
  }

  private void fill(Repository repository, RemoteFile file, Path part, LongConsumer progress)
    throws IOException {
    Duration wait = pause;
    for (int attempt = 1; ; attempt++) {
      try {
        long there = Files.exists(part) ? Files.size(part) : 0;
        if (there > file.size()) {
          Files.delete(part);
          there = 0;
        }
        if (there == file.size() && Files.exists(part)) {
          return;
        }
        append(repository, file, part, there, progress);
        long now = Files.size(part);
        if (now == file.size()) {
          return;
        }
        throw new IOException(
          "the connection ended after %d of %d bytes".formatted(now, file.size())
        );
      } catch (IOException e) {
        if (attempt == ATTEMPTS) {
          throw new ShelfException(
            ShelfException.UNAVAILABLE,
            "%s could not be fetched from %s: %s. The same command goes on where this one stopped.".formatted(
              file.name(),
              endpoint.name(),
              e.getMessage()
            ),
            e
          );
        }
        sleep(wait);
        wait = wait.multipliedBy(2);
      }
    }
  }

  private void append(
    Repository repository,
    RemoteFile file,
    Path part,
    long from,
    LongConsumer progress
  ) throws IOException {
    HttpResponse<InputStream> response = endpoint.get(repository.path(file), from);
    try (InputStream body = response.body()) {
      Repository.require(endpoint, file.name() + " of " + repository.id(), response.statusCode());
      boolean goesOn = response.statusCode() == 206 && startsAt(response, from);
      if (from > 0 && response.statusCode() == 206 && !goesOn) {
        throw new IOException("another range came than was asked for");
      }
      long at = goesOn ? from : 0;
      try (
        OutputStream out = Files.newOutputStream(
          part,
          StandardOpenOption.CREATE,
          goesOn ? StandardOpenOption.APPEND : StandardOpenOption.TRUNCATE_EXISTING,
          StandardOpenOption.WRITE
        )
      ) {
        copy(body, out, at, file.size(), progress);
      }
    }
  }

  private static boolean startsAt(HttpResponse<?> response, long from) {
    return response
      .headers()
      .firstValue("Content-Range")
      .filter(range -> range.startsWith("bytes " + from + "-"))
      .isPresent();
  }

  private void copy(InputStream in, OutputStream out, long from, long size, LongConsumer progress)
    throws IOException {
    byte[] buffer = new byte[BUFFER];
    long at = from;
    try (StallGuard guard = new StallGuard(in, stall)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        guard.heard();
        at += n;
        if (at > size) {
          throw new IOException("more came than the file has bytes");
        }
        out.write(buffer, 0, n);
        progress.accept(at);
      }
    }
  }

  private static String hash(Path path, RemoteFile file) throws IOException {
    try {
      MessageDigest digest = MessageDigest.getInstance(file.sha256() ? "SHA-256" : "SHA-1");
      if (!file.sha256()) {
        digest.update(("blob " + file.size() + "\0").getBytes(StandardCharsets.US_ASCII));
      }
      byte[] buffer = new byte[BUFFER];
      try (InputStream in = Files.newInputStream(path)) {
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
          digest.update(buffer, 0, n);
        }
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has it", e);
    }
  }

  private static void sleep(Duration time) {
    try {
      Thread.sleep(time);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ShelfException(ShelfException.FAILED, "Interrupted.", e);
    }
  }

  /** Closes a stream that brings nothing any more, so that the read on it fails. */
  private static final class StallGuard implements AutoCloseable {

    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(
      Thread.ofPlatform().daemon().name("stall-guard").factory()
    );
    private volatile long heardAt = System.nanoTime();

    StallGuard(InputStream in, Duration stall) {
      long period = Math.max(1, stall.toMillis() / 4);
      var _ = clock.scheduleAtFixedRate(
        () -> {
          if (System.nanoTime() - heardAt > stall.toNanos()) {
            try {
              in.close();
            } catch (IOException _) {
              // The reader finds out.
            }
          }
        },
        period,
        period,
        TimeUnit.MILLISECONDS
      );
    }

    void heard() {
      heardAt = System.nanoTime();
    }

    @Override
    public void close() {
      clock.shutdownNow();
    }
  }
}
