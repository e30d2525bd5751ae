package dev.atrium.launcher;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Finds free TCP ports and names who holds a taken one. A port found free may be taken a moment later
 * by somebody else: the process that binds it says so then.
 */
final class Ports {

  private static final int LOWEST = 20_000;
  private static final int ABOVE = 32_000;

  private final InetAddress host;
  private final Set<Integer> given = new HashSet<>();

  Ports(InetAddress host) {
    this.host = host;
  }

  /**
   * A free port that this object has not handed out before. Below those that systems give to outgoing
   * connections (from 32,768 on, ip(7)), any of which may take it before its process has started.
   */
  synchronized int free() {
    for (int attempt = 0; attempt < 1_000; attempt++) {
      int port = ThreadLocalRandom.current().nextInt(LOWEST, ABOVE);
      if (!given.contains(port) && isFree(port)) {
        given.add(port);
        return port;
      }
    }
    throw new LauncherException(LauncherException.FAILED, "No free port on " + host);
  }

  /** The wanted port if it is free, else another one. */
  synchronized int freePreferring(int wanted) {
    return wanted > 0 && isFree(wanted) && given.add(wanted) ? wanted : free();
  }

  boolean isFree(int port) {
    // With SO_REUSEADDR a port in TIME_WAIT counts as free, one with a listener does not.
    try (var socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(host, port), 1);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** Refuses with a sentence that names the holder, as far as this user may see it. */
  void requireFree(int port) {
    if (!isFree(port)) {
      String by = holder(port)
        .map(who -> " by " + who)
        .orElse(" by another program");
      throw new LauncherException(
        LauncherException.CONFLICT,
        "Port " + port + " is taken" + by + ". Stop it, or choose another with --port."
      );
    }
  }

  /** Program name and process id of who listens on the port; empty when that can't be seen. */
  static Optional<String> holder(int port) {
    Set<String> sockets = new HashSet<>();
    for (String table : new String[] { "/proc/net/tcp", "/proc/net/tcp6" }) {
      listening(Path.of(table), port, sockets);
    }
    if (sockets.isEmpty()) {
      return Optional.empty();
    }
    return ProcessHandle.allProcesses()
      .filter(process -> holdsAny(process.pid(), sockets))
      .findFirst()
      .map(process -> programName(process.pid()) + " (process " + process.pid() + ")");
  }

  private static void listening(Path table, int port, Set<String> sockets) {
    String suffix = ":%04X".formatted(port);
    try (var lines = Files.lines(table)) {
      // Columns of proc(5): 1 local address, 3 state (0A = listening), 9 inode.
      lines
        .map(line -> line.trim().split("\\s+"))
        .filter(c -> c.length > 9 && c[1].endsWith(suffix) && c[3].equals("0A"))
        .forEach(c -> sockets.add("socket:[" + c[9] + "]"));
    } catch (IOException e) {
      // No /proc here: the holder stays unnamed.
    }
  }

  private static boolean holdsAny(long pid, Set<String> sockets) {
    Path descriptors = Path.of("/proc", Long.toString(pid), "fd");
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(descriptors)) {
      for (Path entry : entries) {
        if (sockets.contains(Files.readSymbolicLink(entry).toString())) {
          return true;
        }
      }
    } catch (IOException | RuntimeException e) {
      // Another user's process, or one that just ended.
    }
    return false;
  }

  private static String programName(long pid) {
    try {
      return Files.readString(Path.of("/proc", Long.toString(pid), "comm")).trim();
    } catch (IOException e) {
      return "a program";
    }
  }
}
