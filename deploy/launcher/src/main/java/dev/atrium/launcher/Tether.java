package dev.atrium.launcher;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Starts processes so that none outlives the launcher, even when the launcher is killed with SIGKILL,
 * and so that Ctrl-C in the terminal reaches the launcher alone.
 *
 * <p>{@code setsid} gives each child its own session; {@code setpriv --pdeathsig} asks the kernel to
 * signal it when its parent dies. The parent, to the kernel, is the <em>thread</em> that forked
 * (prctl(2), PR_SET_PDEATHSIG): so every start happens on one thread that lives as long as the JVM.
 * Where the two programs of util-linux are absent, children start untethered and the next start of
 * the launcher stops what was left ({@link PidFiles}).
 */
final class Tether {

  private final ExecutorService spawner = Executors.newSingleThreadExecutor(work ->
    Thread.ofPlatform().name("spawner").daemon().unstarted(work)
  );

  /** Runs the start on the thread that stands for the launcher's life. */
  Process start(Callable<Process> start) throws Exception {
    try {
      return spawner.submit(start).get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
  }

  /** The command in its own session, told by {@code signal} when the launcher is gone. */
  static List<String> tethered(List<String> command, String signal) {
    List<String> whole = new ArrayList<>();
    program("setsid").ifPresent(whole::add);
    // unshare must come before setpriv: a change of user namespace clears the parent-death signal.
    int rest = 0;
    if (command.size() > 2 && command.getFirst().endsWith("/unshare")) {
      rest = 2;
      whole.addAll(command.subList(0, rest));
    }
    program("setpriv").ifPresent(p -> whole.addAll(List.of(p, "--pdeathsig", signal)));
    whole.addAll(command.subList(rest, command.size()));
    return whole;
  }

  /** Where a program lies on the PATH, or in the usual system folders. */
  static Optional<String> program(String name) {
    String path = System.getenv().getOrDefault("PATH", "") + ":/usr/bin:/bin:/usr/sbin:/sbin";
    for (String folder : path.split(File.pathSeparator, -1)) {
      Path candidate = Path.of(folder.isEmpty() ? "." : folder, name);
      if (Files.isExecutable(candidate)) {
        return Optional.of(candidate.toString());
      }
    }
    return Optional.empty();
  }
}
