package dev.atrium.inference.api.cluster;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** Which process holds the other end of a connection on this machine, as Linux tells it in /proc. */
final class SocketOwner {

  private SocketOwner() {}

  /** The one of these processes that has a connection from that local port. */
  static Optional<Long> of(int localPort, Collection<Long> processes) throws IOException {
    Optional<String> link = inode(localPort).map(inode -> "socket:[" + inode + "]");
    if (link.isEmpty()) {
      return Optional.empty();
    }
    for (long pid : processes) {
      if (holds(pid, link.orElseThrow())) {
        return Optional.of(pid);
      }
    }
    return Optional.empty();
  }

  private static Optional<String> inode(int localPort) throws IOException {
    String port = ":%04X".formatted(localPort);
    for (String table : List.of("/proc/net/tcp", "/proc/net/tcp6")) {
      for (String line : Files.readAllLines(Path.of(table))) {
        String[] columns = line.strip().split("\\s+");
        // Inode 0 is a connection that its process has closed already.
        if (columns.length > 9 && columns[1].endsWith(port) && !columns[9].equals("0")) {
          return Optional.of(columns[9]);
        }
      }
    }
    return Optional.empty();
  }

  private static boolean holds(long pid, String link) {
    try (DirectoryStream<Path> open = Files.newDirectoryStream(Path.of("/proc/" + pid + "/fd"))) {
      for (Path descriptor : open) {
        if (target(descriptor).equals(link)) {
          return true;
        }
      }
    } catch (IOException _) {
      // The process is gone, and holds nothing.
    }
    return false;
  }

  private static String target(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString();
    } catch (IOException _) {
      return "";
    }
  }
}
