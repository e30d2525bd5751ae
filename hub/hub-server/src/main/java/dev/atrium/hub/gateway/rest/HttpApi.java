package dev.atrium.hub.gateway.rest;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import dev.atrium.api.ModelView;
import dev.atrium.hub.auth.AuthService;
import dev.atrium.hub.auth.Caller;
import dev.atrium.hub.conversation.ConversationStore;
import dev.atrium.hub.conversation.MessageSearch;
import dev.atrium.hub.db.Db;
import dev.atrium.hub.gateway.Origins;
import dev.atrium.hub.gateway.SessionCookies;
import dev.atrium.hub.generation.GenerationService;
import dev.atrium.hub.privacy.BreakGlass;
import dev.atrium.hub.share.Shares;
import dev.atrium.policy.Scope;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The HTTP side of the hub. Under {@code /api} every write must be JSON and come from a page of ours, or
 * from a program that shows an API key; everything but signing in needs one of the two. What is not
 * under it is the web client. Who shows a key is known by it alone: cookies beside it are not read.
 */
public final class HttpApi {

  /** Largest body that is read. */
  static final int MOST_BODY_BYTES = 256 * 1024;

  private final String hubId;
  private final Origins origins;
  private final SessionCookies cookies;
  private final Db db;
  private final AuthService auth;
  private final ConversationStore conversations;
  private final MessageSearch search;
  private final Set<UUID> searching = SearchRoutes.nobody();
  private final BreakGlass breakGlass;
  private final Shares shares;
  private final GenerationService generations;
  private final Supplier<List<ModelView>> allModels;
  private final Function<Caller, List<ModelView>> models;
  private final Supplier<List<HeardEngine>> engines;

  /**
   * @param allModels what there is, for telling whether this hub is ready
   * @param models what a caller may choose from
   * @param engines what the nodes have loaded
   */
  public HttpApi(
    String hubId,
    Origins origins,
    SessionCookies cookies,
    Db db,
    AuthService auth,
    ConversationStore conversations,
    MessageSearch search,
    BreakGlass breakGlass,
    Shares shares,
    GenerationService generations,
    Supplier<List<ModelView>> allModels,
    Function<Caller, List<ModelView>> models,
    Supplier<List<HeardEngine>> engines
  ) {
    this.hubId = hubId;
    this.origins = origins;
    this.cookies = cookies;
    this.db = db;
    this.auth = auth;
    this.conversations = conversations;
    this.search = search;
    this.breakGlass = breakGlass;
    this.shares = shares;
    this.generations = generations;
    this.allModels = allModels;
    this.models = models;
    this.engines = engines;
  }

  /** A router with everything; one for each event loop. */
  public Router router(Vertx vertx) {
    Router router = Router.router(vertx);
    new HealthRoutes(hubId, db, allModels, engines).add(router);
    router.route("/health/*").failureHandler(Replies::failure);
    router.route("/api/*").failureHandler(Replies::failure);
    router.route("/api/*").handler(this::checkWrite);
    router.route("/api/*").handler(BodyHandler.create(false).setBodyLimit(MOST_BODY_BYTES));
    router.route("/api/*").handler(this::identifyKey);
    SessionRoutes session = new SessionRoutes(hubId, auth, origins, cookies);
    session.addOpen(router);
    new OidcRoutes(auth, origins, cookies).addOpen(router);
    router.route("/api/*").handler(this::authenticate);
    session.addSignedIn(router);
    router.route("/api/*").handler(HttpApi::requireOwnPassword);
    session.addComplete(router);
    new OpenSessionRoutes(auth).add(router);
    router.get("/api/models").handler(needs(Scope.MODELS_READ)).handler(this::models);
    new ConversationRoutes(conversations, generations).add(router);
    new SearchRoutes(search, searching).add(router);
    new BreakGlassRoutes(breakGlass).add(router);
    new ShareRoutes(shares).add(router);
    router
      .route("/api/*")
      .handler(ctx -> {
        throw new AtriumException(ErrorCode.NOT_FOUND, Map.of("what", "path"));
      });
    new WebFiles().add(router);
    return router;
  }

  /** The signed-in caller of a request. */
  static Caller caller(RoutingContext ctx) {
    return ctx.get(Replies.CALLER);
  }

  private void checkWrite(RoutingContext ctx) {
    HttpMethod method = ctx.request().method();
    if (method != HttpMethod.GET && method != HttpMethod.HEAD) {
      // No page can send this header to another site's server without asking it first (CORS), and
      // nobody here says yes.
      if (Requests.key(ctx).isEmpty()) {
        origins.check(ctx.request().getHeader("Origin"), Requests.host(ctx));
      }
      String type = ctx.request().getHeader("Content-Type");
      // Only JSON: no form of another site can send it.
      if (type == null || !type.split(";", 2)[0].strip().equalsIgnoreCase("application/json")) {
        throw Requests.bad("Content-Type", "application/json is needed");
      }
    }
    ctx.next();
  }

  private void identifyKey(RoutingContext ctx) {
    Optional<String> key = Requests.key(ctx);
    if (key.isEmpty()) {
      ctx.next();
      return;
    }
    auth
      .authenticateKey(key.get(), Requests.address(ctx))
      .onSuccess(caller -> {
        ctx.put(Replies.CALLER, caller);
        ctx.next();
      })
      .onFailure(ctx::fail);
  }

  /** Lets pass who has a session, or a key with this scope. */
  static Handler<RoutingContext> needs(Scope scope) {
    return ctx -> {
      caller(ctx).require(scope);
      ctx.next();
    };
  }

  /** Lets pass who has a session, or nothing yet; no key. */
  static void personsOnly(RoutingContext ctx) {
    if (ctx.get(Replies.CALLER) instanceof Caller caller) {
      caller.requireSession();
    }
    ctx.next();
  }

  private void authenticate(RoutingContext ctx) {
    if (ctx.get(Replies.CALLER) instanceof Caller) {
      ctx.next();
      return;
    }
    String token = SessionCookies.accessToken(ctx.request().getHeader("Cookie")).orElseThrow(() ->
      new AtriumException(ErrorCode.UNAUTHENTICATED)
    );
    auth
      .authenticate(token)
      .onSuccess(caller -> {
        ctx.put(Replies.CALLER, caller);
        ctx.next();
      })
      .onFailure(ctx::fail);
  }

  private static void requireOwnPassword(RoutingContext ctx) {
    if (caller(ctx).mustChangePassword()) {
      throw new AtriumException(ErrorCode.PASSWORD_CHANGE_REQUIRED);
    }
    ctx.next();
  }

  private void models(RoutingContext ctx) {
    JsonArray all = new JsonArray();
    models.apply(caller(ctx)).forEach(m -> all.add(m.toJson()));
    Replies.json(ctx, new JsonObject().put("models", all));
  }
}
