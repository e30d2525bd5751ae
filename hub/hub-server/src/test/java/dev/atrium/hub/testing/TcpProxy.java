package dev.atrium.hub.testing;

import dev.atrium.schema.DatabaseUrl;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A line to a server that can be cut and restored. */
public final class TcpProxy {

  private final NetServer server;
  private final Set<NetSocket> open = ConcurrentHashMap.newKeySet();
  private volatile boolean cut;

  private TcpProxy(NetServer server) {
    this.server = server;
  }

  public static TcpProxy to(Vertx vertx, String host, int port) throws Exception {
    NetServer server = vertx.createNetServer();
    TcpProxy proxy = new TcpProxy(server);
    NetClient client = vertx.createNetClient();
    server.connectHandler(near -> {
      if (proxy.cut) {
        near.close();
        return;
      }
      near.pause();
      proxy.track(near);
      client
        .connect(port, host)
        .onSuccess(far -> {
          proxy.track(far);
          near.pipeTo(far);
          far.pipeTo(near);
        })
        .onFailure(_ -> near.close());
    });
    Waits.get(server.listen(0, "127.0.0.1"));
    return proxy;
  }

  private void track(NetSocket socket) {
    open.add(socket);
    socket.closeHandler(_ -> open.remove(socket));
  }

  /** The same database, over this line. */
  public DatabaseUrl url(DatabaseUrl direct) {
    return new DatabaseUrl(
      "127.0.0.1",
      server.actualPort(),
      direct.name(),
      direct.user(),
      direct.password()
    );
  }

  /** Closes every connection and takes no new one. */
  public void cut() {
    cut = true;
    open.forEach(NetSocket::close);
  }

  public void restore() {
    cut = false;
  }
}
