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
import dev.atrium.policy.Scope;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.http.WebSocketFrame;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
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
  /** Every 20 s; the read timeout lets three go unanswered. */
  private static final int VISITS_PER_PING = 5;
  /** RFC 6455, 7.4.1: what was received does not fit the type of the message. */
  private static final int NOT_UTF8 = 1007;
  private static final Logger log = LoggerFactory.getLogger(ChatSocket.class);

  private final Vertx vertx;
  private final Context context;
  private final ServerWebSocket ws;
  private final WriteLane lane;
  private final AuthService auth;
  private final GenerationService generations;
  private final SessionRegistry registry;
  private final Function<Caller, List<ModelView>> models;
  private final IntSupplier spreadMs;
  private final ClientSocket socket;
  private final Requester requester;
  private final IncomingMessages incoming = new IncomingMessages(ChatGateway.MOST_FRAME_BYTES);
  private volatile Caller caller;
  private int badFrames;
  private int pending;
  /** Counted by the thread of the rounds. */
  private int visits;
  private boolean jammed;
  private boolean reading = true;
  private List<ModelView> shown = List.of();
  private Runnable leave = () -> {};

  ChatSocket(
    Vertx vertx,
    ServerWebSocket ws,
    WriteLane lane,
    Caller caller,
    AuthService auth,
    GenerationService generations,
    SessionRegistry registry,
    Function<Caller, List<ModelView>> models,
    IntSupplier spreadMs
  ) {
    this.vertx = vertx;
    this.context = vertx.getOrCreateContext();
    this.ws = ws;
    this.lane = lane;
    this.caller = caller;
    this.auth = auth;
    this.generations = generations;
    this.registry = registry;
    this.models = models;
    this.spreadMs = spreadMs;
    this.socket = new ClientSocket(caller.userId(), caller.locale(), new Outbox(sink()));
    this.requester = new Requester(
      caller.userId(),
      caller.departmentId(),
      caller.name(),
      ws.remoteAddress().hostAddress()
    );
  }

  /**
   * Says welcome and begins to read.
   *
   * @param gone called when it is closed
   */
  void open(String hubId, Rounds rounds, Runnable gone) {
    leave = gone;
    ws.closeHandler(_ -> closed());
    ws.exceptionHandler(this::broke);
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
    ws.drainHandler(_ -> {
      jammed = false;
      readOrNot();
    });
    ws.frameHandler(this::received);
    Runnable leaveRounds = rounds.add(this);
    leave = () -> {
      leaveRounds.run();
      gone.run();
    };
    shown = models.apply(caller);
    socket.send(new HubFrame.Welcome(PROTOCOL, hubId, view(caller), shown, spreadMs.getAsInt()));
  }

  UUID userId() {
    return socket.userId();
  }

  /** Sends the models that this user may choose from, if they are others than before. */
  void tellModels() {
    context.runOnContext(_ -> tellModelsHere());
  }

  private void tellModelsHere() {
    List<ModelView> now = models.apply(caller);
    if (!now.equals(shown)) {
      shown = now;
      socket.send(new HubFrame.Models(now));
    }
  }

  /** Whose socket it is, as far as is known. Any thread. */
  Caller caller() {
    return caller;
  }

  /** A visit of the rounds, on their thread. */
  void visited() {
    if (visits++ % VISITS_PER_PING == 0) {
      // Keeps proxies from closing a quiet connection, and makes a dead one known.
      lane.add(() -> {
        if (!socket.outbox().isClosed()) {
          var _ = ws.writePing(Buffer.buffer());
        }
      });
    }
  }

  /** Asks at once whether the session still holds, and tells what follows. */
  void recheckNow() {
    context.runOnContext(_ -> recheck());
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

  /** Either the client broke a rule of RFC 6455 or the line broke; Vert.x closes it after this. */
  private void broke(Throwable e) {
    log.info("socket of {} broke: {}", caller.name(), e.getMessage());
    socket.outbox().closed();
    if (e instanceof CorruptedWebSocketFrameException broken) {
      Sockets.tell(ws, broken);
    }
  }

  private void received(WebSocketFrame frame) {
    if (socket.outbox().isClosed()) {
      return;
    }
    switch (frame.type()) {
      case TEXT, BINARY, CONTINUATION -> incoming.add(frame).ifPresent(this::heard);
      // Vert.x has answered it. Who asks and does not read is not read either until it does.
      case PING -> context.runOnContext(_ -> {
        jammed = !ws.isClosed() && ws.writeQueueFull();
        readOrNot();
      });
      default -> {
        // A pong says no more than that somebody is there; a close is told by its handler.
      }
    }
  }

  private void heard(IncomingMessages.Message message) {
    switch (message) {
      case IncomingMessages.Message.Text(String text) -> heard(text);
      case IncomingMessages.Message.Unfit(var reason) -> unfit(reason);
    }
  }

  private void unfit(IncomingMessages.Reason reason) {
    switch (reason) {
      case BINARY -> refused(badFrame("binary"));
      case TOO_MANY_FRAGMENTS -> refused(badFrame("too many fragments"));
      case TOO_LARGE -> {
        error(
          Optional.empty(),
          new AtriumException(ErrorCode.TOO_LARGE, Map.of("limit", ChatGateway.MOST_FRAME_BYTES))
        );
        socket.outbox().close(CloseCode.TOO_LARGE);
      }
      case NOT_UTF8 -> {
        log.info("text from {} is not UTF-8", caller.name());
        socket.outbox().closed();
        Sockets.close(vertx, ws, NOT_UTF8, "not UTF-8");
      }
    }
  }

  private static FrameException badFrame(String reason) {
    return new FrameException(ErrorCode.BAD_FRAME, Map.of("reason", reason), Optional.empty());
  }

  private void heard(String text) {
    ClientFrame frame;
    try {
      frame = ClientFrame.decode(text);
    } catch (FrameException e) {
      refused(e);
      return;
    }
    switch (frame) {
      case ClientFrame.Ping ping -> socket.send(new HubFrame.Pong(ping.t(), spreadMs.getAsInt()));
      case ClientFrame.Send send -> answer(Scope.CHAT, send.id(), () ->
        generations.send(requester, send, socket)
      );
      case ClientFrame.Retry retry -> answer(Scope.CHAT, retry.id(), () ->
        generations.retry(requester, retry, socket)
      );
      case ClientFrame.Stop stop -> answer(Scope.CHAT, stop.generationId(), () ->
        generations.stop(requester, stop.generationId())
      );
      case ClientFrame.Resume resume -> answer(Scope.CHAT, resume.generationId(), () ->
        generations.resume(requester, resume, socket)
      );
    }
  }

  /**
   * @param needed what an API key must be for
   */
  private void answer(Scope needed, UUID id, Supplier<Future<Void>> request) {
    String ref = id.toString();
    try {
      caller.require(needed);
    } catch (AtriumException e) {
      error(Optional.of(ref), e);
      return;
    }
    pending++;
    readOrNot();
    // It completes on the conductor's thread; what is counted here belongs to the event loop.
    request.get().onComplete(result -> context.runOnContext(_ -> answered(ref, result)));
  }

  private void answered(String ref, AsyncResult<Void> result) {
    pending--;
    readOrNot();
    if (result.failed()) {
      error(Optional.of(ref), asRefusal(result.cause()));
    }
  }

  private void readOrNot() {
    boolean wanted = pending < MOST_PENDING && !jammed;
    if (wanted && !reading) {
      ws.resume();
    } else if (!wanted && reading) {
      ws.pause();
    }
    reading = wanted;
  }

  private static AtriumException asRefusal(Throwable failure) {
    return failure instanceof AtriumException e
      ? e
      : new AtriumException(ErrorCode.INTERNAL, Map.of("reference", "socket"), failure);
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
    if (socket.outbox().isClosed()) {
      return;
    }
    auth
      .recheck(caller)
      .onSuccess(now -> {
        caller = now;
        tellModelsHere();
      })
      .onFailure(e -> {
        // Without the database nobody can tell, and the socket lives on.
        if (e instanceof AtriumException over && over.code().close().isPresent()) {
          error(Optional.empty(), over);
          socket.outbox().close(CloseCode.SESSION_ENDED);
        }
      });
  }

  private void closed() {
    leave.run();
    socket.outbox().closed();
    registry.remove(socket);
    generations.unfollow(socket.id());
  }

  private Outbox.Sink sink() {
    return new Outbox.Sink() {
      @Override
      public Future<Void> write(String text) {
        Promise<Void> written = Promise.promise();
        lane.add(() -> ws.writeTextMessage(text).onComplete(written));
        return written.future();
      }

      @Override
      public void close(CloseCode code) {
        // Behind what was said before it.
        lane.add(() ->
          Sockets.close(vertx, ws, code.number(), code.name().toLowerCase(Locale.ROOT))
        );
      }
    };
  }
}
