package dev.atrium.inference.api.cluster;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The network between processes of this machine: every port of a member stands behind a proxy, and
 * the proxy asks the kernel which process calls, so that each link between two members can be
 * dropped and healed by itself.
 */
final class Links implements AutoCloseable {

  /** What happens to the bytes between two members. */
  enum State {
    OPEN,
    /** Connections break at once, and new ones too. */
    CUT,
    /** Connections stay, new ones are accepted, and nothing moves until the link is healed. */
    FROZEN,
  }

  private record Link(String one, String other) {
    static Link of(String a, String b) {
      return a.compareTo(b) < 0 ? new Link(a, b) : new Link(b, a);
    }
  }

  private record Joint(Link link, Socket caller, Socket called) {}

  private final Map<Link, State> states = new HashMap<>();
  private final Map<Long, String> members = new HashMap<>();
  private final List<Joint> joints = new ArrayList<>();
  private final List<ServerSocket> proxies = new ArrayList<>();

  /** Opens a proxy in front of a member's port, and says where. */
  synchronized int proxy(String member, int port) throws IOException {
    ServerSocket proxy = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
    proxies.add(proxy);
    Thread.ofVirtual().start(() -> accept(proxy, member, port));
    return proxy.getLocalPort();
  }

  /** Whose process this is; a connection from an unknown one is refused. */
  synchronized void process(String member, long pid) {
    members.put(pid, member);
  }

  /** Drops or heals the link between two members, both directions. */
  synchronized void set(String a, String b, State state) {
    Link link = Link.of(a, b);
    states.put(link, state);
    if (state == State.CUT) {
      for (Joint joint : joints) {
        if (joint.link().equals(link)) {
          reset(joint.caller());
          reset(joint.called());
        }
      }
      joints.removeIf(joint -> joint.link().equals(link));
    }
    notifyAll();
  }

  @Override
  public synchronized void close() throws IOException {
    for (ServerSocket proxy : proxies) {
      proxy.close();
    }
    for (Joint joint : joints) {
      reset(joint.caller());
      reset(joint.called());
    }
    states.clear();
    notifyAll();
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
      Optional<String> from = caller(caller);
      if (from.isEmpty() || !passes(Link.of(from.orElseThrow(), member))) {
        reset(caller);
        return;
      }
      Link link = Link.of(from.orElseThrow(), member);
      Socket called = new Socket(InetAddress.getLoopbackAddress(), port);
      caller.setTcpNoDelay(true);
      called.setTcpNoDelay(true);
      synchronized (this) {
        joints.add(new Joint(link, caller, called));
        if (states.get(link) == State.CUT) {
          set(link.one(), link.other(), State.CUT);
        }
      }
      Thread.ofVirtual().start(() -> pump(link, caller, called));
      pump(link, called, caller);
    } catch (IOException _) {
      reset(caller);
    }
  }

  private Optional<String> caller(Socket caller) throws IOException {
    Map<Long, String> known;
    synchronized (this) {
      known = Map.copyOf(members);
    }
    return SocketOwner.of(caller.getPort(), known.keySet()).map(known::get);
  }

  private void pump(Link link, Socket from, Socket to) {
    byte[] bytes = new byte[16_384];
    try (from; to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int count = in.read(bytes); count >= 0 && passes(link); count = in.read(bytes)) {
        out.write(bytes, 0, count);
      }
    } catch (IOException _) {
      // One end is gone, and the other one is told by the close.
    }
    synchronized (this) {
      joints.removeIf(joint -> joint.caller() == from || joint.called() == from);
    }
  }

  /** Waits while the link is frozen; whether bytes may move then. */
  private synchronized boolean passes(Link link) {
    boolean interrupted = false;
    while (states.get(link) == State.FROZEN && !interrupted) {
      try {
        wait();
      } catch (InterruptedException _) {
        interrupted = true;
      }
    }
    return !interrupted && states.get(link) != State.CUT;
  }

  private static void reset(Socket socket) {
    try {
      socket.setSoLinger(true, 0);
      socket.close();
    } catch (IOException _) {
      // Closed already.
    }
  }
}
