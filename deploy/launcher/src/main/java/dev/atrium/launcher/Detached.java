package dev.atrium.launcher;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code up --detach}: starts the same launcher in a session of its own, shows what it says until it
 * lets go of its output, and leaves it running. The one-time password passes through a pipe and is
 * never written to a file.
 */
final class Detached {

  /** Tells the launcher in the background what it is. */
  static final String PROPERTY = "atrium.detached";

  private Detached() {}

  /** Returns 0 once chat is ready, or the exit code of a launcher that failed. */
  static int start(List<String> arguments, Console console) {
    List<String> command = new ArrayList<>();
    Tether.program("setsid").ifPresent(command::add);
    command.add(ProcessHandle.current().info().command().orElse("java"));
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.add("-D" + PROPERTY + "=true");
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(LauncherMain.class.getName());
    command.addAll(arguments);
    try {
      Process launcher = new ProcessBuilder(command).redirectErrorStream(true).start();
      launcher.getOutputStream().close();
      // Ctrl-C before chat is ready means: not at all.
      Thread abandon = new Thread(launcher::destroy, "abandon");
      Runtime.getRuntime().addShutdownHook(abandon);
      copy(launcher, console);
      Runtime.getRuntime().removeShutdownHook(abandon);
      // Its output ends when chat is ready, or with itself.
      Pause.millis(100);
      return launcher.isAlive() ? 0 : launcher.exitValue();
    } catch (IOException e) {
      throw new LauncherException(
        LauncherException.FAILED,
        "The launcher can't be started in the background: " + e.getMessage(),
        e
      );
    }
  }

  private static void copy(Process launcher, Console console) throws IOException {
    try (
      var lines = new BufferedReader(
        new InputStreamReader(launcher.getInputStream(), StandardCharsets.UTF_8)
      )
    ) {
      String line;
      while ((line = lines.readLine()) != null) {
        console.say(line);
      }
    }
  }
}
