package dev.atrium.hub.gateway.ws;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.vertx.core.Vertx;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.internal.http.WebSocketInternal;

/** How a websocket is ended by this side. */
final class Sockets {

  /** How long the other side may take to read what is on its way and to answer the close frame. */
  static final long CLOSE_PATIENCE_MS = 2_000;

  private Sockets() {}

  /**
   * Says why and closes. Whoever does not read does not take the close frame either: then the
   * connection goes, and with it all that waits to be written.
   */
  static void close(Vertx vertx, ServerWebSocket ws, int code, String reason) {
    var _ = ws.close((short) code, reason);
    vertx.setTimer(CLOSE_PATIENCE_MS, _ -> reset(ws));
  }

  /**
   * Tells the client which rule of RFC 6455 it broke (7.1.7), from within the handler of exceptions:
   * right after it Vert.x closes the connection, without a word of its own.
   */
  static void tell(ServerWebSocket ws, CorruptedWebSocketFrameException broken) {
    var _ = context(ws).writeAndFlush(
      new CloseWebSocketFrame(broken.closeStatus(), broken.getMessage())
    );
  }

  /**
   * Ends the connection without a word, whatever waits to be written; on one that is gone already it
   * does nothing. Vert.x has no door for this: its own closing waits until everything is flushed.
   */
  static void reset(ServerWebSocket ws) {
    ChannelHandlerContext context = context(ws);
    if (context.channel().isOpen()) {
      // The kernel drops what it still holds, instead of keeping it for a reader that is not there.
      context.channel().config().setOption(ChannelOption.SO_LINGER, 0);
      // From here, not from the end of the pipeline: there Vert.x would wait again.
      var _ = context.close();
    }
  }

  private static ChannelHandlerContext context(ServerWebSocket ws) {
    return ((WebSocketInternal) ws).channelHandlerContext();
  }
}
