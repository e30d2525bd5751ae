package dev.atrium.hub.gateway.ws;

import dev.atrium.api.AtriumException;
import dev.atrium.api.CloseCode;
import dev.atrium.api.ErrorBody;
import dev.atrium.api.ErrorCode;
import dev.atrium.api.HubFrame;
import dev.atrium.api.ModelView;
import dev.atrium.hub.auth.AuthService;
import dev.atrium.hub.auth.Caller;
import dev.atrium.hub.gateway.Bearer;
import dev.atrium.hub.gateway.Origins;
import dev.atrium.hub.gateway.SessionCookies;
import dev.atrium.hub.generation.GenerationService;
import dev.atrium.hub.session.SessionRegistry;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.http.ServerWebSocketHandshake;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets sockets in at {@code /ws}: the page's origin and the session are checked at the handshake, or
 * the API key of a program, which has no origin. A foreign origin is refused with HTTP 403. A session that is over gets its socket for as long as it
 * takes to say so, because a browser is not told why a handshake failed.
 */
public final class ChatGateway {

  /** Largest frame that is read, in bytes of UTF-8. */
  public static final int MOST_FRAME_BYTES = 256 * 1024;

  private static final int LONGEST_SPREAD_MS = 5_000;
  private static final int FORBIDDEN = 403;
  private static final int NOT_FOUND = 404;
  private static final int UNAVAILABLE = 503;
  private static final Logger log = LoggerFactory.getLogger(ChatGateway.class);

  private final Vertx vertx;
  private final String hubId;
  private final Origins origins;
  private final AuthService auth;
  private final GenerationService generations;
  private final SessionRegistry registry;
  private final Function<Caller, List<ModelView>> models;
  private final Rounds rounds;
  /** By the thread of their event loop. */
  private final Map<Thread, WriteLane> lanes = new ConcurrentHashMap<>();
  private final Set<ChatSocket> sockets = ConcurrentHashMap.newKeySet();
  private volatile boolean leaving;

  /**
   * @param models what a caller may choose from; called often, never waits
   */
  public ChatGateway(
    Vertx vertx,
    String hubId,
    Origins origins,
    AuthService auth,
    GenerationService generations,
    SessionRegistry registry,
    Function<Caller, List<ModelView>> models
  ) {
    this.vertx = vertx;
    this.hubId = hubId;
    this.origins = origins;
    this.auth = auth;
    this.generations = generations;
    this.registry = registry;
    this.models = models;
    this.rounds = new Rounds(vertx, this::visit);
  }

  /** Answers a handshake; never fails. */
  public void handshake(ServerWebSocketHandshake handshake) {
    if (!"/ws".equals(handshake.path())) {
      handshake.reject(NOT_FOUND);
      return;
    }
    if (leaving) {
      handshake.reject(UNAVAILABLE);
      return;
    }
    Optional<String> key = Bearer.token(handshake.headers().get("authorization"));
    try {
      if (key.isEmpty()) {
        origins.check(handshake.headers().get("origin"), handshake.headers().get("host"));
      }
    } catch (AtriumException e) {
      log.info("handshake from {} refused: {}", handshake.remoteAddress(), e.getMessage());
      handshake.reject(FORBIDDEN);
      return;
    }
    String locale = locale(handshake.headers().get("accept-language"));
    // Accepted from another thread, Vert.x blocks that one until the connection's own has time: two
    // event loops that do so for each other stand still for ten seconds.
    Context connection = vertx.getOrCreateContext();
    Future<Caller> caller = key.isPresent()
      ? auth.authenticateKey(key.get(), handshake.remoteAddress().hostAddress())
      : authenticate(handshake.headers().get("cookie"));
    caller.onComplete(result ->
      connection.runOnContext(_ -> {
        try {
          answer(handshake, result, locale);
        } catch (IllegalStateException e) {
          // Who asked did not wait for the answer: Vert.x has given the handshake up already.
          log.debug("handshake not completed: {}", e.toString());
        }
      })
    );
  }

  private void answer(
    ServerWebSocketHandshake handshake,
    AsyncResult<Caller> authenticated,
    String locale
  ) {
    Optional<AtriumException> refusal = authenticated.succeeded()
      ? mustChange(authenticated.result())
      : Optional.of(asRefusal(authenticated.cause()));
    if (refusal.isPresent() && refusal.get().code().close().isEmpty()) {
      handshake.reject(refusal.get().code().http());
      return;
    }
    handshake
      .accept()
      .onSuccess(ws -> {
        if (refusal.isPresent()) {
          refuse(ws, refusal.get(), locale);
        } else {
          open(ws, authenticated.result());
        }
      })
      .onFailure(e -> log.debug("handshake not completed: {}", e.toString()));
  }

  /** There are other models, or they are to be had or not: every socket hears what its user may choose. */
  public void modelsChanged() {
    sockets.forEach(ChatSocket::tellModels);
  }

  /**
   * Users or rules were changed: asks for the sockets of whom that may concern whether their session still
   * holds, and tells every socket what its user may choose now.
   */
  public void changed(Predicate<UUID> concerned) {
    sockets.forEach(socket -> {
      if (concerned.test(socket.userId())) {
        socket.recheckNow();
      } else {
        socket.tellModels();
      }
    });
  }

  /**
   * Some are visited together: who is still there, and whose session has ended. What else may have
   * become of a user is told by {@link #changed}.
   */
  private void visit(List<ChatSocket> now) {
    now.forEach(ChatSocket::visited);
    auth
      .doubtful(now.stream().map(ChatSocket::caller).toList())
      .onSuccess(doubtful ->
        now
          .stream()
          .filter(socket -> doubtful.contains(socket.caller().sessionId()))
          .forEach(ChatSocket::recheckNow)
      )
      // Without the database nobody can tell, and the sockets live on.
      .onFailure(e -> log.debug("sessions not checked now: {}", e.toString()));
  }

  /** Lets nobody in any more, and sends everybody away to come back elsewhere. */
  public void leave() {
    leaving = true;
    rounds.end();
    registry.sendAway();
  }

  private Future<Caller> authenticate(String cookies) {
    return SessionCookies.accessToken(cookies)
      .map(auth::authenticate)
      .orElseGet(() -> Future.failedFuture(new AtriumException(ErrorCode.UNAUTHENTICATED)));
  }

  private static Optional<AtriumException> mustChange(Caller caller) {
    return caller.mustChangePassword()
      ? Optional.of(new AtriumException(ErrorCode.PASSWORD_CHANGE_REQUIRED))
      : Optional.empty();
  }

  private static AtriumException asRefusal(Throwable failure) {
    if (failure instanceof AtriumException e) {
      return e;
    }
    log.error("authentication failed unexpectedly", failure);
    return new AtriumException(ErrorCode.INTERNAL, Map.of("reference", "handshake"));
  }

  private void open(ServerWebSocket ws, Caller caller) {
    WriteLane lane = lanes.computeIfAbsent(Thread.currentThread(), _ ->
      new WriteLane(vertx.getOrCreateContext())
    );
    ChatSocket socket = new ChatSocket(
      vertx,
      ws,
      lane,
      caller,
      auth,
      generations,
      registry,
      models,
      this::spreadMs
    );
    sockets.add(socket);
    socket.open(hubId, rounds, () -> sockets.remove(socket));
  }

  /**
   * Over how long this hub's clients spread their return if it falls, so that those who wait for an
   * answer find no crowd at the other hubs.
   */
  private int spreadMs() {
    return Math.min(sockets.size() / 2, LONGEST_SPREAD_MS);
  }

  private void refuse(ServerWebSocket ws, AtriumException e, String locale) {
    CloseCode code = e.code().close().orElse(CloseCode.SESSION_ENDED);
    var _ = ws.writeTextMessage(
      new HubFrame.Error(Optional.empty(), ErrorBody.of(e, locale)).encode()
    );
    Sockets.close(vertx, ws, code.number(), e.code().code());
  }

  private static String locale(String acceptLanguage) {
    return acceptLanguage != null && acceptLanguage.startsWith("zh") ? "zh" : "en";
  }
}
