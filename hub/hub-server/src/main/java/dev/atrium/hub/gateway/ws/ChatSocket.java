package dev.atrium.hub.gateway.ws;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ClientFrame;
import dev.atrium.api.CloseCode;
import dev.atrium.api.ErrorBody;
import dev.atrium.api.ErrorCode;
import dev.atrium.api.FrameException;
import dev.atrium.api.HubFrame;
import dev.atrium.api.ModelView;
import dev.atrium.api.UserView;
import dev.atrium.hub.auth.AuthService;
import dev.atrium.hub.auth.Caller;
import dev.atrium.hub.generation.GenerationService;
import dev.atrium.hub.generation.Requester;
import dev.atrium.hub.session.ClientSocket;
import dev.atrium.hub.session.Outbox;
import dev.atrium.hub.session.SessionRegistry;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ServerWebSocket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One websocket of one signed-in user. Runs on the socket's event loop. A bad frame is answered with
 * its error and the socket lives on, unless it was no JSON, too large, or one too many; a session
 * that ends elsewhere ends the socket within seconds.
 */
final class ChatSocket {

  private static final int PROTOCOL = 1;
  private static final int MOST_BAD_FRAMES = 20;
  /** Requests under way at once; past it the socket is not read until one is answered. */
  private static final int MOST_PENDING = 16;
  private static final long RECHECK_MS = 5_000;
  private static final long CLOSE_PATIENCE_MS = 2_000;
  private static final Logger log = LoggerFactory.getLogger(ChatSocket.class);

  private final Vertx vertx;
  private final Context context;
  private final ServerWebSocket ws;
  private final AuthService auth;
  private final GenerationService generations;
  private final SessionRegistry registry;
  private final ClientSocket socket;
  private final Requester requester;
  private Caller caller;
  private int badFrames;
  private int pending;
  private long timer;

  ChatSocket(
    Vertx vertx,
    ServerWebSocket ws,
    Caller caller,
    AuthService auth,
    GenerationService generations,
    SessionRegistry registry
  ) {
    this.vertx = vertx;
    this.context = vertx.getOrCreateContext();
    this.ws = ws;
    this.caller = caller;
    this.auth = auth;
    this.generations = generations;
    this.registry = registry;
    this.socket = new ClientSocket(caller.userId(), caller.locale(), new Outbox(sink()));
    this.requester = new Requester(
      caller.userId(),
      caller.departmentId(),
      caller.name(),
      ws.remoteAddress().hostAddress()
    );
  }

  /** Says welcome and begins to read. */
  void open(String hubId, List<ModelView> models) {
    ws.closeHandler(_ -> closed());
    ws.exceptionHandler(e -> {
      log.info("socket of {} broke: {}", caller.name(), e.toString());
      // Most likely a message that Vert.x would not gather; whatever it was, the stream has a hole.
      socket.outbox().close(CloseCode.TOO_LARGE);
    });
    if (!registry.add(socket)) {
      error(
        Optional.empty(),
        new AtriumException(
          ErrorCode.TOO_MANY_SOCKETS,
          Map.of("limit", SessionRegistry.MOST_PER_USER)
        )
      );
      socket.outbox().close(CloseCode.TOO_MANY_SOCKETS);
      return;
    }
    ws.textMessageHandler(this::heard);
    ws.binaryMessageHandler(_ -> badFrame());
    timer = vertx.setPeriodic(RECHECK_MS, _ -> recheck());
    socket.send(new HubFrame.Welcome(PROTOCOL, hubId, view(caller), models));
  }

  private static UserView view(Caller c) {
    return new UserView(
      c.userId(),
      c.name(),
      c.displayName(),
      c.locale(),
      c.roles().stream().sorted().toList(),
      c.mustChangePassword()
    );
  }

  private void heard(String text) {
    if (tooLarge(text)) {
      error(
        Optional.empty(),
        new AtriumException(ErrorCode.TOO_LARGE, Map.of("limit", ChatGateway.MOST_FRAME_BYTES))
      );
      socket.outbox().close(CloseCode.TOO_LARGE);
      return;
    }
    ClientFrame frame;
    try {
      frame = ClientFrame.decode(text);
    } catch (FrameException e) {
      refused(e);
      return;
    }
    switch (frame) {
      case ClientFrame.Ping ping -> socket.send(new HubFrame.Pong(ping.t()));
      case ClientFrame.Send send -> answer(
        send.id().toString(),
        generations.send(requester, send, socket)
      );
      case ClientFrame.Retry retry -> answer(
        retry.id().toString(),
        generations.retry(requester, retry, socket)
      );
      case ClientFrame.Stop stop -> answer(
        stop.generationId().toString(),
        generations.stop(requester, stop.generationId())
      );
      case ClientFrame.Resume resume -> answer(
        resume.generationId().toString(),
        generations.resume(requester, resume, socket)
      );
    }
  }

  private static boolean tooLarge(String text) {
    // At most three bytes of UTF-8 for one UTF-16 unit, so most frames need not be measured.
    return (
      text.length() * 3L > ChatGateway.MOST_FRAME_BYTES &&
      text.getBytes(StandardCharsets.UTF_8).length > ChatGateway.MOST_FRAME_BYTES
    );
  }

  private void answer(String ref, Future<Void> request) {
    pending++;
    if (pending == MOST_PENDING) {
      ws.pause();
    }
    // It completes on the conductor's thread; what is counted here belongs to the event loop.
    request.onComplete(result -> context.runOnContext(_ -> answered(ref, result)));
  }

  private void answered(String ref, AsyncResult<Void> result) {
    pending--;
    if (pending == MOST_PENDING - 1) {
      ws.resume();
    }
    if (result.failed()) {
      error(Optional.of(ref), asRefusal(result.cause()));
    }
  }

  private static AtriumException asRefusal(Throwable failure) {
    return failure instanceof AtriumException e
      ? e
      : new AtriumException(ErrorCode.INTERNAL, Map.of("reference", "socket"), failure);
  }

  private void badFrame() {
    refused(new FrameException(ErrorCode.BAD_FRAME, Map.of("reason", "binary"), Optional.empty()));
  }

  private void refused(FrameException e) {
    badFrames++;
    if (badFrames == 1) {
      log.info("bad frame from {}: {}", caller.name(), e.code().code());
    }
    error(e.ref(), e);
    if (e.code() == ErrorCode.BAD_FRAME || badFrames >= MOST_BAD_FRAMES) {
      socket.outbox().close(CloseCode.BAD_FRAME);
    }
  }

  private void error(Optional<String> ref, AtriumException e) {
    socket.send(new HubFrame.Error(ref, ErrorBody.of(e, socket.locale())));
  }

  /** A revoked session must not go on for as long as a socket stays open. */
  private void recheck() {
    ws.writePing(Buffer.buffer());
    auth
      .recheck(caller)
      .onSuccess(now -> caller = now)
      .onFailure(e -> {
        // Without the database nobody can tell, and the socket lives on.
        if (e instanceof AtriumException over && over.code().close().isPresent()) {
          error(Optional.empty(), over);
          socket.outbox().close(CloseCode.SESSION_ENDED);
        }
      });
  }

  private void closed() {
    vertx.cancelTimer(timer);
    socket.outbox().closed();
    registry.remove(socket);
    generations.unfollow(socket.id());
  }

  private Outbox.Sink sink() {
    return new Outbox.Sink() {
      @Override
      public Future<Void> write(String text) {
        return ws.writeTextMessage(text);
      }

      @Override
      public void close(CloseCode code) {
        ws.close((short) code.number(), code.name().toLowerCase(java.util.Locale.ROOT));
        // Whoever does not read does not take the close frame either: then the connection goes.
        vertx.setTimer(CLOSE_PATIENCE_MS, _ ->
          ws.shutdown(0, java.util.concurrent.TimeUnit.SECONDS)
        );
      }
    };
  }
}
