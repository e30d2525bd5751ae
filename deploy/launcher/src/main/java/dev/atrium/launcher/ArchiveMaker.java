package dev.atrium.launcher;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Makes the startup archives that are missing, behind everything else that runs, once the system is
 * ready. What goes wrong costs nothing but the time: it is tried again the next time.
 */
final class ArchiveMaker implements AutoCloseable {

  private static final Duration AT_MOST = Duration.ofMinutes(10);
  private static final long AGAIN_MS = 1_000;

  private final Tether tether;
  private final List<Thread> threads;
  private final List<Child> making = new ArrayList<>();
  private boolean closed;

  /**
   * A kind of process of which one has noted its classes.
   *
   * @param list the classes that one of them loads
   */
  record Program(StartupArchive archive, String classPath, Path list) {
    private boolean isWanted() {
      return archive.isMissing() && Files.isReadable(list);
    }

    private Path beside(String suffix) {
      return list.resolveSibling(list.getFileName() + suffix);
    }
  }

  ArchiveMaker(Tether tether, List<Program> programs) {
    this.tether = tether;
    this.threads = programs
      .stream()
      .map(program ->
        Thread.ofPlatform()
          .daemon()
          .name("archive")
          .unstarted(() -> make(program))
      )
      .toList();
  }

  void start() {
    threads.forEach(Thread::start);
  }

  /** Waits until there is nothing more to do, which may take a minute. */
  void awaitEnd() {
    threads.forEach(thread -> join(thread, AT_MOST));
  }

  private void make(Program program) {
    try {
      boolean tried = false;
      while (!tried && isOpen() && program.isWanted()) {
        tried = tried(program);
      }
      if (!program.archive.isMissing()) {
        Files.deleteIfExists(program.list);
      }
    } catch (IOException e) {
      // No room or no right to write there: starts take longer, as they did.
    }
  }

  private synchronized boolean isOpen() {
    return !closed;
  }

  /** False if another launcher makes it just now; it may not come to the end. */
  private boolean tried(Program program) throws IOException {
    Path lockFile = program.archive.folder().resolve("startup.lock");
    try (
      FileChannel channel = FileChannel.open(
        lockFile,
        StandardOpenOption.CREATE,
        StandardOpenOption.WRITE
      );
      FileLock lock = channel.tryLock()
    ) {
      if (lock == null) {
        Pause.millis(AGAIN_MS);
        return false;
      }
      if (program.archive.isMissing()) {
        makeAlone(program);
      }
      return true;
    }
  }

  private void makeAlone(Program program) throws IOException {
    Path whole = program.beside(".whole");
    // On the file system of its place, into which it is moved at once.
    Path part = program.archive.folder().resolve("startup.part");
    try {
      StartupArchive.wholeLines(program.list, whole);
      List<String> command = program.archive.making(whole, part, program.classPath);
      Optional<Child> child = begin(command, whole.getParent());
      if (child.isPresent() && succeeds(child.get().process()) && Files.exists(part)) {
        program.archive.keep(part);
      }
    } finally {
      Files.deleteIfExists(whole);
      Files.deleteIfExists(part);
    }
  }

  private synchronized Optional<Child> begin(List<String> command, Path directory) {
    if (closed) {
      return Optional.empty();
    }
    Child child = Child.start(
      tether,
      new ProcessSpec("startup archive", command, Map.of(), "", "KILL", AT_MOST, directory),
      _ -> {}
    );
    making.add(child);
    return Optional.of(child);
  }

  private static boolean succeeds(Process process) {
    try {
      if (!process.waitFor(AT_MOST.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
        return false;
      }
      return process.exitValue() == 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Gives up what is under way, and waits until it is gone. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      making.forEach(child -> child.process().destroyForcibly());
    }
    threads.forEach(thread -> join(thread, Duration.ofSeconds(5)));
  }

  private static void join(Thread thread, Duration atMost) {
    try {
      thread.join(atMost);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
