package dev.atrium.hub.testing;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/** Free ports of this machine. */
public final class Ports {

  private Ports() {}

  /** Below those of outgoing connections, any of which may take one before it is listened on. */
  public static int free() throws IOException {
    for (int attempt = 0; attempt < 1_000; attempt++) {
      int port = ThreadLocalRandom.current().nextInt(10_000, 20_000);
      try (ServerSocket socket = new ServerSocket()) {
        socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1);
        return port;
      } catch (BindException _) {
        // Taken: another one.
      }
    }
    throw new BindException("no free port");
  }
}
