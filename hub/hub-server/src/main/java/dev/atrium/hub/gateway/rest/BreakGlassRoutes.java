package dev.atrium.hub.gateway.rest;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import dev.atrium.hub.auth.Caller;
import dev.atrium.hub.privacy.BreakGlass;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * {@code /api/break-glass}: reading somebody's chats in an emergency, for auditors and administrators; to
 * everybody else there is no such path. {@code /api/notices}: what the caller must be told of it.
 */
final class BreakGlassRoutes {

  private final BreakGlass breakGlass;

  BreakGlassRoutes(BreakGlass breakGlass) {
    this.breakGlass = breakGlass;
  }

  void add(Router router) {
    router.get("/api/break-glass").handler(HttpApi::personsOnly).handler(this::list);
    router.post("/api/break-glass").handler(HttpApi::personsOnly).handler(this::request);
    router
      .post("/api/break-glass/:id/approve")
      .handler(HttpApi::personsOnly)
      .handler(this::approve);
    router
      .get("/api/break-glass/:id/conversations")
      .handler(HttpApi::personsOnly)
      .handler(this::conversations);
    router
      .get("/api/break-glass/:id/conversations/:conversation")
      .handler(HttpApi::personsOnly)
      .handler(this::read);
    router
      .get("/api/break-glass/:id/conversations/:conversation/files/:file")
      .handler(HttpApi::personsOnly)
      .handler(this::file);
    router.get("/api/notices").handler(HttpApi::personsOnly).handler(this::notices);
    router.post("/api/notices/:id/seen").handler(HttpApi::personsOnly).handler(this::seen);
  }

  private static BreakGlass.Reader reader(RoutingContext ctx) {
    Caller caller = HttpApi.caller(ctx);
    if (!caller.hasRole("auditor") && !caller.hasRole("administrator")) {
      throw new AtriumException(ErrorCode.NOT_FOUND, Map.of("what", "path"));
    }
    return new BreakGlass.Reader(caller.userId(), caller.name(), Requests.address(ctx));
  }

  private void list(RoutingContext ctx) {
    reader(ctx);
    breakGlass
      .list()
      .onSuccess(all -> {
        JsonArray requests = new JsonArray();
        all.forEach(r -> requests.add(request(r)));
        Replies.json(ctx, new JsonObject().put("requests", requests));
      })
      .onFailure(ctx::fail);
  }

  private static JsonObject request(BreakGlass.Request r) {
    return new JsonObject()
      .put("id", r.id().toString())
      .put("user", r.user())
      .put("requestedBy", r.requestedBy())
      .put("reason", r.reason())
      .put("minutes", r.minutes())
      .put("requestedAt", r.requestedAt().toString())
      .put("approvedBy", r.approvedBy().orElse(null))
      .put("expiresAt", r.expiresAt().map(Instant::toString).orElse(null));
  }

  private void request(RoutingContext ctx) {
    BreakGlass.Reader reader = reader(ctx);
    JsonObject body = Requests.body(ctx);
    if (!(body.getValue("minutes") instanceof Integer minutes)) {
      throw Requests.bad("minutes", "a whole number is needed");
    }
    breakGlass
      .request(reader, Requests.text(body, "user"), Requests.text(body, "reason"), minutes)
      .onSuccess(id -> Replies.json(ctx, new JsonObject().put("id", id.toString())))
      .onFailure(ctx::fail);
  }

  private void approve(RoutingContext ctx) {
    breakGlass
      .approve(reader(ctx), Requests.id(ctx, "request"))
      .onSuccess(until -> Replies.json(ctx, new JsonObject().put("expiresAt", until.toString())))
      .onFailure(ctx::fail);
  }

  private void conversations(RoutingContext ctx) {
    Optional<UUID> after = Optional.ofNullable(ctx.request().getParam("after")).map(
      BreakGlassRoutes::cursor
    );
    breakGlass
      .conversations(reader(ctx), Requests.id(ctx, "request"), after)
      .onSuccess(entries -> {
        JsonArray items = new JsonArray();
        entries.forEach(e ->
          items.add(
            new JsonObject()
              .put("id", e.id().toString())
              .put("title", e.title())
              .put("updatedAt", e.updatedAt().toString())
              .put("deletedAt", e.deletedAt().map(Instant::toString).orElse(null))
          )
        );
        Replies.json(ctx, new JsonObject().put("items", items));
      })
      .onFailure(ctx::fail);
  }

  private static UUID cursor(String text) {
    try {
      return UUID.fromString(text);
    } catch (IllegalArgumentException e) {
      throw Requests.bad("after", "is not a cursor");
    }
  }

  private void read(RoutingContext ctx) {
    BreakGlass.Reader reader = reader(ctx);
    breakGlass
      .read(reader, Requests.id(ctx, "request"), Requests.id(ctx, "conversation", "conversation"))
      .onSuccess(all -> {
        JsonArray messages = new JsonArray();
        all.forEach(m -> messages.add(ConversationRoutes.message(m, HttpApi.caller(ctx).locale())));
        Replies.json(ctx, new JsonObject().put("messages", messages));
      })
      .onFailure(ctx::fail);
  }

  private void file(RoutingContext ctx) {
    BreakGlass.Reader reader = reader(ctx);
    UUID file = Requests.id(ctx, "file", "file");
    breakGlass
      .file(
        reader,
        Requests.id(ctx, "request"),
        Requests.id(ctx, "conversation", "conversation"),
        file
      )
      .onSuccess(found -> Replies.json(ctx, ConversationRoutes.file(file, found)))
      .onFailure(ctx::fail);
  }

  private void notices(RoutingContext ctx) {
    breakGlass
      .notices(HttpApi.caller(ctx).userId())
      .onSuccess(all -> {
        JsonArray notices = new JsonArray();
        all.forEach(n ->
          notices.add(
            new JsonObject()
              .put("id", n.id().toString())
              .put("kind", "break_glass")
              .put("by", n.by())
              .put("reason", n.reason())
              .put("from", n.from().toString())
              .put("until", n.until().toString())
          )
        );
        Replies.json(ctx, new JsonObject().put("notices", notices));
      })
      .onFailure(ctx::fail);
  }

  private void seen(RoutingContext ctx) {
    breakGlass
      .seen(HttpApi.caller(ctx).userId(), Requests.id(ctx, "notice"))
      .onSuccess(_ -> Replies.json(ctx, new JsonObject()))
      .onFailure(ctx::fail);
  }
}
