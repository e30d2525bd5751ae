package dev.atrium.hub.gateway.rest;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import dev.atrium.hub.auth.Caller;
import dev.atrium.hub.share.Share;
import dev.atrium.hub.share.ShareAddress;
import dev.atrium.hub.share.SharedConversation;
import dev.atrium.hub.share.Shares;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** {@code /api/shares}: the caller's own shares by their ids, and everybody's by their addresses. */
final class ShareRoutes {

  private final Shares shares;

  ShareRoutes(Shares shares) {
    this.shares = shares;
  }

  void add(Router router) {
    router.get("/api/shares").handler(HttpApi::personsOnly).handler(this::list);
    router.post("/api/shares").handler(HttpApi::personsOnly).handler(this::make);
    router.delete("/api/shares/:id").handler(HttpApi::personsOnly).handler(this::end);
    router.get("/api/shares/:address").handler(HttpApi::personsOnly).handler(this::read);
  }

  private static Shares.Party party(RoutingContext ctx) {
    Caller caller = HttpApi.caller(ctx);
    return new Shares.Party(caller.userId(), caller.name(), Requests.address(ctx));
  }

  private void list(RoutingContext ctx) {
    Optional<UUID> conversation = Optional.ofNullable(ctx.request().getParam("conversation")).map(
      text -> Requests.uuid("conversation", text)
    );
    shares
      .list(HttpApi.caller(ctx).userId(), conversation)
      .onSuccess(all -> {
        JsonArray items = new JsonArray();
        all.forEach(share -> items.add(json(share)));
        Replies.json(ctx, new JsonObject().put("items", items));
      })
      .onFailure(ctx::fail);
  }

  private void make(RoutingContext ctx) {
    JsonObject body = Requests.body(ctx);
    Object days = body.getValue("days", Shares.USUAL_DAYS);
    if (!(days instanceof Integer many)) {
      throw Requests.bad("days", "a whole number is needed");
    }
    UUID conversation = Requests.uuid("conversationId", Requests.text(body, "conversationId"));
    UUID message = Requests.uuid("messageId", Requests.text(body, "messageId"));
    shares
      .make(party(ctx), conversation, message, many)
      .onSuccess(share -> Replies.json(ctx, json(share)))
      .onFailure(ctx::fail);
  }

  private static JsonObject json(Share share) {
    return new JsonObject()
      .put("id", share.id().toString())
      .put("address", share.address().reveal())
      .put("conversationId", share.conversationId().toString())
      .put("title", share.title())
      .put("createdAt", share.createdAt().toString())
      .put("expiresAt", share.expiresAt().toString());
  }

  private void end(RoutingContext ctx) {
    shares
      .end(party(ctx), Requests.id(ctx, "share"))
      .onSuccess(_ -> Replies.json(ctx, new JsonObject()))
      .onFailure(ctx::fail);
  }

  private void read(RoutingContext ctx) {
    ctx.put(Replies.LOGGED_PATH, "/api/shares/:address");
    ShareAddress address = ShareAddress.parse(ctx.pathParam("address")).orElseThrow(() ->
      new AtriumException(ErrorCode.NOT_FOUND, Map.of("what", "share"))
    );
    shares
      .read(party(ctx), address)
      .onSuccess(shared -> Replies.json(ctx, json(shared)))
      .onFailure(ctx::fail);
  }

  private static JsonObject json(SharedConversation shared) {
    JsonArray messages = new JsonArray();
    shared.messages().forEach(m -> messages.add(m.toJson()));
    return new JsonObject()
      .put("title", shared.title())
      .put("author", shared.author())
      .put("own", shared.own())
      .put("createdAt", shared.createdAt().toString())
      .put("expiresAt", shared.expiresAt().toString())
      .put("messages", messages);
  }
}
