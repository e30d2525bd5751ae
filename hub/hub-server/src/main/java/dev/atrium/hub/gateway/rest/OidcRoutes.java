package dev.atrium.hub.gateway.rest;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import dev.atrium.hub.auth.AuthService;
import dev.atrium.hub.auth.OidcSignIn;
import dev.atrium.hub.gateway.Origins;
import dev.atrium.hub.gateway.SessionCookies;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.Map;
import java.util.Optional;

/**
 * Signing in with a provider of identities: what ways there are, the way there and the way back. These
 * are pages for a browser, so what goes wrong on the way back is told by the sign-in page, to which it is
 * sent with the code of the error.
 */
final class OidcRoutes {

  private static final int FOUND = 302;
  private static final int LONGEST = 4_096;

  private final AuthService auth;
  private final Origins origins;
  private final SessionCookies cookies;

  OidcRoutes(AuthService auth, Origins origins, SessionCookies cookies) {
    this.auth = auth;
    this.origins = origins;
    this.cookies = cookies;
  }

  /** Routes that need nobody signed in. */
  void addOpen(Router router) {
    router.get("/api/sign-in").handler(HttpApi::personsOnly).handler(this::ways);
    router.get("/api/session/oidc").handler(HttpApi::personsOnly).handler(this::begin);
    router.get(OidcSignIn.CALLBACK).handler(HttpApi::personsOnly).handler(this::finish);
  }

  private void ways(RoutingContext ctx) {
    JsonObject ways = new JsonObject();
    auth.oidc().ifPresent(oidc -> ways.put("oidc", new JsonObject().put("title", oidc.title())));
    Replies.json(ctx, ways);
  }

  private OidcSignIn oidc() {
    return auth
      .oidc()
      .orElseThrow(() -> new AtriumException(ErrorCode.NOT_FOUND, Map.of("what", "path")));
  }

  private void begin(RoutingContext ctx) {
    oidc()
      .begin(origin(ctx), Requests.address(ctx))
      .onSuccess(begun -> {
        ctx.response().addCookie(cookies.begun(begun.cookie()));
        redirect(ctx, begun.url());
      })
      .onFailure(e -> backToSignIn(ctx, e));
  }

  private void finish(RoutingContext ctx) {
    OidcSignIn oidc = oidc();
    ctx.response().addCookie(cookies.noneBegun());
    Optional<String> pending = SessionCookies.pending(ctx.request().getHeader("Cookie"));
    Optional<String> state = parameter(ctx, "state");
    Optional<String> code = parameter(ctx, "code");
    if (pending.isEmpty() || state.isEmpty() || code.isEmpty()) {
      // Also when somebody gave up at the provider's page, which then says `error`.
      backToSignIn(ctx, new AtriumException(ErrorCode.SIGN_IN_INTERRUPTED));
      return;
    }
    Future.succeededFuture()
      .compose(_ -> oidc.finish(pending.get(), state.get(), code.get(), Requests.peer(ctx)))
      .onSuccess(signedIn -> {
        cookies.of(signedIn).forEach(ctx.response()::addCookie);
        redirect(ctx, "/");
      })
      .onFailure(e -> backToSignIn(ctx, e));
  }

  private static Optional<String> parameter(RoutingContext ctx, String name) {
    return Optional.ofNullable(ctx.request().getParam(name)).filter(
      text -> !text.isEmpty() && text.length() <= LONGEST
    );
  }

  private static void backToSignIn(RoutingContext ctx, Throwable failure) {
    if (failure instanceof AtriumException e) {
      redirect(ctx, "/?signin=" + e.code().code());
    } else {
      ctx.fail(failure);
    }
  }

  private static void redirect(RoutingContext ctx, String where) {
    ctx
      .response()
      .setStatusCode(FOUND)
      .putHeader("Location", where)
      .putHeader("Cache-Control", "no-store")
      .putHeader("Referrer-Policy", "no-referrer")
      .end();
  }

  private String origin(RoutingContext ctx) {
    return origins.of(Requests.host(ctx));
  }
}
