package dev.atrium.hub.gateway.rest;

import dev.atrium.hub.auth.AuthService;
import dev.atrium.hub.auth.OpenSession;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;

/** {@code /api/sessions}: where the caller is signed in, and signing out there. */
final class OpenSessionRoutes {

  private final AuthService auth;

  OpenSessionRoutes(AuthService auth) {
    this.auth = auth;
  }

  void add(Router router) {
    router.get("/api/sessions").handler(HttpApi::personsOnly).handler(this::list);
    router.delete("/api/sessions").handler(HttpApi::personsOnly).handler(this::endOthers);
    router.delete("/api/sessions/:id").handler(HttpApi::personsOnly).handler(this::end);
  }

  private void list(RoutingContext ctx) {
    auth
      .sessions(HttpApi.caller(ctx))
      .onSuccess(sessions -> {
        JsonArray items = new JsonArray();
        sessions.forEach(s -> items.add(view(s)));
        Replies.json(ctx, new JsonObject().put("items", items));
      })
      .onFailure(ctx::fail);
  }

  private static JsonObject view(OpenSession s) {
    return new JsonObject()
      .put("id", s.id().toString())
      .put("createdAt", s.createdAt().toString())
      .put("refreshedAt", s.refreshedAt().toString())
      .put("provider", s.provider())
      .put("address", s.address().orElse(null))
      .put("userAgent", s.userAgent().orElse(null))
      .put("current", s.current());
  }

  private void end(RoutingContext ctx) {
    auth
      .endSession(HttpApi.caller(ctx), Requests.id(ctx, "session"), Requests.address(ctx))
      .onSuccess(_ -> Replies.json(ctx, new JsonObject()))
      .onFailure(ctx::fail);
  }

  private void endOthers(RoutingContext ctx) {
    auth
      .endOtherSessions(HttpApi.caller(ctx), Requests.address(ctx))
      .onSuccess(ended -> Replies.json(ctx, new JsonObject().put("ended", ended)))
      .onFailure(ctx::fail);
  }
}
