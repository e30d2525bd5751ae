package dev.atrium.hub.gateway.rest;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import dev.atrium.api.UserView;
import dev.atrium.hub.auth.AuthService;
import dev.atrium.hub.auth.Caller;
import dev.atrium.hub.auth.SignedIn;
import dev.atrium.hub.gateway.Origins;
import dev.atrium.hub.gateway.SessionCookies;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.Optional;

/** {@code /api/session}: signing in, staying so, signing out. */
final class SessionRoutes {

  private final String hubId;
  private final AuthService auth;
  private final Origins origins;
  private final SessionCookies cookies;

  SessionRoutes(String hubId, AuthService auth, Origins origins, SessionCookies cookies) {
    this.hubId = hubId;
    this.auth = auth;
    this.origins = origins;
    this.cookies = cookies;
  }

  /** Routes that need nobody signed in. */
  void addOpen(Router router) {
    router.post("/api/session").handler(HttpApi::personsOnly).handler(this::signIn);
    router.post("/api/session/refresh").handler(HttpApi::personsOnly).handler(this::refresh);
    router.delete("/api/session").handler(HttpApi::personsOnly).handler(this::signOut);
  }

  /** Routes for a caller whose password may be a one-time one. */
  void addSignedIn(Router router) {
    router
      .get("/api/session")
      .handler(HttpApi::personsOnly)
      .handler(ctx ->
        Replies.json(
          ctx,
          new JsonObject().put("user", view(HttpApi.caller(ctx))).put("hubId", hubId)
        )
      );
    router
      .post("/api/session/password")
      .handler(HttpApi::personsOnly)
      .handler(this::changePassword);
  }

  /** Routes for a caller with a password of their own. */
  void addComplete(Router router) {
    router
      .patch("/api/session")
      .handler(HttpApi::personsOnly)
      .handler(ctx ->
        auth
          .setLocale(HttpApi.caller(ctx), Requests.text(Requests.body(ctx), "locale"))
          .onSuccess(_ -> Replies.json(ctx, new JsonObject()))
          .onFailure(ctx::fail)
      );
  }

  private void signIn(RoutingContext ctx) {
    JsonObject body = Requests.body(ctx);
    give(
      ctx,
      auth.signIn(Requests.text(body, "name"), Requests.text(body, "password"), Requests.peer(ctx))
    );
  }

  private void refresh(RoutingContext ctx) {
    String token = refreshToken(ctx).orElseThrow(() ->
      new AtriumException(ErrorCode.UNAUTHENTICATED)
    );
    give(ctx, auth.refresh(token, Requests.address(ctx)));
  }

  private void signOut(RoutingContext ctx) {
    refreshToken(ctx)
      .map(auth::signOut)
      .orElse(Future.succeededFuture(Optional.empty()))
      .onSuccess(ended -> {
        cookies.none().forEach(ctx.response()::addCookie);
        JsonObject body = new JsonObject();
        ended
          .filter(session -> session.provider().equals("oidc"))
          .flatMap(session ->
            auth
              .oidc()
              .flatMap(oidc -> oidc.signOutUrl(origins.of(Requests.host(ctx)), session.idToken()))
          )
          .ifPresent(url -> body.put("signOutUrl", url));
        Replies.json(ctx, body);
      })
      .onFailure(ctx::fail);
  }

  private void changePassword(RoutingContext ctx) {
    JsonObject body = Requests.body(ctx);
    give(
      ctx,
      auth.changePassword(
        HttpApi.caller(ctx),
        Requests.text(body, "current"),
        Requests.text(body, "next"),
        Requests.address(ctx)
      )
    );
  }

  private void give(RoutingContext ctx, Future<SignedIn> signedIn) {
    signedIn
      .onSuccess(s -> {
        cookies.of(s).forEach(ctx.response()::addCookie);
        Replies.json(ctx, new JsonObject().put("user", view(s.caller())));
      })
      .onFailure(ctx::fail);
  }

  private static Optional<String> refreshToken(RoutingContext ctx) {
    return SessionCookies.refreshToken(ctx.request().getHeader("Cookie"));
  }

  private static JsonObject view(Caller c) {
    return new UserView(
      c.userId(),
      c.name(),
      c.displayName(),
      c.locale(),
      c.roles().stream().sorted().toList(),
      c.mustChangePassword()
    ).toJson();
  }
}
