package dev.atrium.launcher;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Makes the startup archives that are missing, one after the other and behind everything else that
 * runs, once the system is ready. What goes wrong costs nothing but the time: it is tried again the
 * next time.
 */
final class ArchiveMaker implements AutoCloseable {

  private static final Duration AT_MOST = Duration.ofMinutes(10);
  private static final long AGAIN_MS = 1_000;

  private final Tether tether;
  private final List<Program> programs;
  private final Thread thread = Thread.ofPlatform()
    .daemon()
    .name("archives")
    .unstarted(this::makeAll);
  private Child making;
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
    this.programs = List.copyOf(programs);
  }

  void start() {
    thread.start();
  }

  private void makeAll() {
    for (Program program : programs) {
      try {
        boolean tried = false;
        while (!tried && isOpen() && program.isWanted()) {
          tried = make(program);
        }
        if (!program.archive.isMissing()) {
          Files.deleteIfExists(program.list);
        }
      } catch (IOException e) {
        // No room or no right to write there: starts take longer, as they did.
      }
    }
  }

  private synchronized boolean isOpen() {
    return !closed;
  }

  /** False if another launcher makes it just now; it may not come to the end. */
  private boolean make(Program program) throws IOException {
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
      if (begin(command, whole.getParent()) && ended() && Files.exists(part)) {
        program.archive.keep(part);
      }
    } finally {
      Files.deleteIfExists(whole);
      Files.deleteIfExists(part);
    }
  }

  private synchronized boolean begin(List<String> command, Path directory) {
    if (closed) {
      return false;
    }
    making = Child.start(
      tether,
      new ProcessSpec("startup archive", command, Map.of(), "", "KILL", AT_MOST, directory),
      _ -> {}
    );
    return true;
  }

  private boolean ended() {
    try {
      Process process = making.process();
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
      if (making != null) {
        making.process().destroyForcibly();
      }
    }
    try {
      thread.join(Duration.ofSeconds(5));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
