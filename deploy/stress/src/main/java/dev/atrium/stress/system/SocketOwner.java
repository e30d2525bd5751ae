package dev.atrium.stress.system;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Which process holds the other end of a connection on this machine, as Linux tells it in /proc. */
final class SocketOwner {

  private SocketOwner() {}

  /** The name of the one of these processes that has a connection from that local port. */
  static Optional<String> of(int localPort, Map<Long, String> processes) throws IOException {
    Optional<String> wanted = inode(localPort);
    for (Map.Entry<Long, String> process : processes.entrySet()) {
      if (wanted.isPresent() && holds(process.getKey(), "socket:[" + wanted.get() + "]")) {
        return Optional.of(process.getValue());
      }
    }
    return Optional.empty();
  }

  private static Optional<String> inode(int localPort) throws IOException {
    String port = ":%04X".formatted(localPort);
    for (String table : List.of("/proc/net/tcp", "/proc/net/tcp6")) {
      for (String line : Files.readAllLines(Path.of(table))) {
        String[] columns = line.strip().split("\\s+", -1);
        if (columns.length > 9 && columns[1].endsWith(port) && !columns[9].equals("0")) {
          return Optional.of(columns[9]);
        }
      }
    }
    return Optional.empty();
  }

  private static boolean holds(long pid, String socket) {
    Path descriptors = Path.of("/proc", Long.toString(pid), "fd");
    try (DirectoryStream<Path> all = Files.newDirectoryStream(descriptors)) {
      for (Path descriptor : all) {
        if (isLinkTo(descriptor, socket)) {
          return true;
        }
      }
    } catch (IOException _) {
      // The process is gone, and holds nothing.
    }
    return false;
  }

  private static boolean isLinkTo(Path descriptor, String socket) {
    try {
      return Files.readSymbolicLink(descriptor).toString().equals(socket);
    } catch (IOException _) {
      return false;
    }
  }
}
