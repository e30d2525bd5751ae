package dev.atrium.stress.system;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The network between hubs and nodes: each member's two cluster ports stand behind a proxy, which asks
 * the kernel who calls, so that the link between any two can be broken and healed by itself.
 */
public final class Links implements AutoCloseable {

  private static final int LOWEST_PORT = 10_000;
  private static final int ABOVE_PORTS = 20_000;
  private static final Set<Integer> GIVEN = ConcurrentHashMap.newKeySet();

  private record Joint(Set<String> link, Socket caller, Socket called) {}

  private final Path data;
  private final JsonObject ports = new JsonObject();
  private final List<ServerSocket> proxies = new ArrayList<>();
  private final List<Joint> joints = new ArrayList<>();
  private final Set<Set<String>> broken = new HashSet<>();

  private Links(Path data) {
    this.data = data;
  }

  /** Opens proxies for these members of a system that is to be started on this folder. */
  static Links open(Path data, List<String> members) throws IOException {
    Links links = new Links(data);
    for (String member : members) {
      int cluster = freePort();
      int bus = freePort();
      links.ports.put(
        member,
        new JsonObject()
          .put("cluster", cluster)
          .put("publicCluster", links.proxy(member, cluster))
          .put("bus", bus)
          .put("publicBus", links.proxy(member, bus))
      );
    }
    return links;
  }

  /**
   * A port that is free and was not handed out before. Neither one that the launcher may choose (from
   * 20,000 on) nor one that the system gives to outgoing connections (from 32,768 on, ip(7)), any of which
   * may take it before its process has started.
   */
  static int freePort() throws IOException {
    IOException last = new IOException("no free port");
    for (int attempt = 0; attempt < 1_000; attempt++) {
      int port = ThreadLocalRandom.current().nextInt(LOWEST_PORT, ABOVE_PORTS);
      if (!GIVEN.add(port)) {
        continue;
      }
      try (var _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return port;
      } catch (IOException taken) {
        last = taken;
      }
    }
    throw last;
  }

  /** Where everybody listens, and where the others reach them; for the launcher. */
  JsonObject ports() {
    return ports;
  }

  /** Breaks every connection between the two, and every new one. */
  synchronized void cut(String one, String other) {
    Set<String> link = Set.of(one, other);
    broken.add(link);
    for (Joint joint : joints) {
      if (joint.link().equals(link)) {
        reset(joint.caller());
        reset(joint.called());
      }
    }
    joints.removeIf(joint -> joint.link().equals(link));
  }

  /** Lets them reach each other again. */
  synchronized void heal(String one, String other) {
    broken.remove(Set.of(one, other));
  }

  @Override
  public synchronized void close() {
    for (ServerSocket proxy : proxies) {
      try {
        proxy.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    for (Joint joint : joints) {
      reset(joint.caller());
      reset(joint.called());
    }
  }

  private int proxy(String member, int port) throws IOException {
    ServerSocket proxy = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
    proxies.add(proxy);
    Thread.ofVirtual().start(() -> accept(proxy, member, port));
    return proxy.getLocalPort();
  }

  private void accept(ServerSocket proxy, String member, int port) {
    while (!proxy.isClosed()) {
      try {
        Socket caller = proxy.accept();
        Thread.ofVirtual().start(() -> join(caller, member, port));
      } catch (IOException _) {
        // The proxy is closed.
      }
    }
  }

  private void join(Socket caller, String member, int port) {
    try {
      Set<String> link = SocketOwner.of(caller.getPort(), members())
        .filter(other -> !other.equals(member))
        .map(other -> Set.of(other, member))
        .orElse(Set.of(member));
      Socket called = new Socket(InetAddress.getLoopbackAddress(), port);
      caller.setTcpNoDelay(true);
      called.setTcpNoDelay(true);
      synchronized (this) {
        if (broken.contains(link)) {
          reset(caller);
          reset(called);
          return;
        }
        joints.add(new Joint(link, caller, called));
      }
      Thread.ofVirtual().start(() -> pump(caller, called));
      pump(called, caller);
    } catch (IOException _) {
      reset(caller);
    }
  }

  /** Process ids as the launcher keeps them, also while the system is still starting. */
  private Map<Long, String> members() throws IOException {
    Map<Long, String> members = new HashMap<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(data.resolve("run"), "*.pid")) {
      for (Path file : files) {
        String pid = Files.readString(file).strip().split("\\s+", -1)[0];
        members.put(Long.parseLong(pid), file.getFileName().toString().replace(".pid", ""));
      }
    }
    return members;
  }

  private void pump(Socket from, Socket to) {
    byte[] bytes = new byte[16_384];
    try (from; to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) {
        out.write(bytes, 0, count);
      }
    } catch (IOException _) {
      // One end is gone, and the other one is told by the close.
    }
    synchronized (this) {
      joints.removeIf(joint -> joint.caller() == from || joint.called() == from);
    }
  }

  /** Without a goodbye, as a network breaks. */
  private static void reset(Socket socket) {
    try {
      socket.setSoLinger(true, 0);
      socket.close();
    } catch (IOException _) {
      // Closed already.
    }
  }
}
