package dev.atrium.hub.gateway.rest;

import dev.atrium.api.ErrorBody;
import dev.atrium.api.ErrorCode;
import dev.atrium.api.FileView;
import dev.atrium.api.HubFrame;
import dev.atrium.hub.auth.Caller;
import dev.atrium.hub.conversation.ConversationDetail;
import dev.atrium.hub.conversation.ConversationStore;
import dev.atrium.hub.conversation.ConversationSummary;
import dev.atrium.hub.conversation.FileText;
import dev.atrium.hub.conversation.Passage;
import dev.atrium.hub.generation.GenerationService;
import dev.atrium.hub.generation.Requester;
import dev.atrium.policy.Scope;
import io.vertx.core.Handler;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** {@code /api/conversations}: the history of the caller. */
final class ConversationRoutes {

  private static final int DEFAULT_LIMIT = 50;
  private static final int MOST_LIMIT = 200;

  private final ConversationStore conversations;
  private final GenerationService generations;

  ConversationRoutes(ConversationStore conversations, GenerationService generations) {
    this.conversations = conversations;
    this.generations = generations;
  }

  void add(Router router) {
    Handler<RoutingContext> reads = HttpApi.needs(Scope.CONVERSATIONS_READ);
    Handler<RoutingContext> writes = HttpApi.needs(Scope.CONVERSATIONS_WRITE);
    router.get("/api/conversations").handler(reads).handler(this::list);
    router.get("/api/conversations/:id").handler(reads).handler(this::read);
    router.get("/api/conversations/:id/files/:file").handler(reads).handler(this::file);
    router.patch("/api/conversations/:id").handler(writes).handler(this::rename);
    router.delete("/api/conversations/:id").handler(writes).handler(this::delete);
  }

  private void list(RoutingContext ctx) {
    Optional<String> before = Optional.ofNullable(ctx.request().getParam("before"));
    conversations
      .list(HttpApi.caller(ctx).userId(), before, limit(ctx.request().getParam("limit")))
      .onSuccess(page -> {
        JsonArray items = new JsonArray();
        page.items().forEach(c -> items.add(summary(c)));
        Replies.json(
          ctx,
          new JsonObject().put("items", items).put("next", page.next().orElse(null))
        );
      })
      .onFailure(ctx::fail);
  }

  private static int limit(String text) {
    if (text == null) {
      return DEFAULT_LIMIT;
    }
    if (text.matches("[1-9]\\d{0,4}")) {
      return Math.min(MOST_LIMIT, Integer.parseInt(text));
    }
    throw Requests.bad("limit", "a whole number from 1 is needed");
  }

  private void read(RoutingContext ctx) {
    Caller caller = HttpApi.caller(ctx);
    conversations
      .read(caller.userId(), Requests.id(ctx, "conversation"))
      .onSuccess(c -> Replies.json(ctx, detail(c, caller.locale())))
      .onFailure(ctx::fail);
  }

  private void file(RoutingContext ctx) {
    UUID file = Requests.id(ctx, "file", "file");
    conversations
      .files(HttpApi.caller(ctx).userId(), Requests.id(ctx, "conversation"), Set.of(file))
      .onSuccess(found -> Replies.json(ctx, file(file, found.get(file))))
      .onFailure(ctx::fail);
  }

  static JsonObject file(UUID id, FileText file) {
    return new JsonObject()
      .put("id", id.toString())
      .put("name", file.name())
      .put("text", file.text());
  }

  private void rename(RoutingContext ctx) {
    Caller caller = HttpApi.caller(ctx);
    String title = Requests.text(Requests.body(ctx), "title");
    conversations
      .rename(caller.userId(), Requests.id(ctx, "conversation"), title)
      .onSuccess(c -> {
        generations.tellAll(
          caller.userId(),
          new HubFrame.ConversationChanged(c.id(), c.title(), c.updatedAt(), false)
        );
        Replies.json(ctx, summary(c));
      })
      .onFailure(ctx::fail);
  }

  private void delete(RoutingContext ctx) {
    Caller caller = HttpApi.caller(ctx);
    UUID id = Requests.id(ctx, "conversation");
    conversations
      .delete(caller.userId(), id)
      .onSuccess(writing -> {
        writing.ifPresent(generation -> generations.stop(requester(ctx, caller), generation));
        generations.tellAll(
          caller.userId(),
          new HubFrame.ConversationChanged(id, "", Instant.now(), true)
        );
        Replies.json(ctx, new JsonObject());
      })
      .onFailure(ctx::fail);
  }

  private static Requester requester(RoutingContext ctx, Caller c) {
    return new Requester(c.userId(), c.departmentId(), c.name(), Requests.address(ctx));
  }

  private static JsonObject summary(ConversationSummary c) {
    return new JsonObject()
      .put("id", c.id().toString())
      .put("title", c.title())
      .put("updatedAt", c.updatedAt().toString())
      .put("running", c.running().map(UUID::toString).orElse(null));
  }

  private static JsonObject detail(ConversationDetail c, String locale) {
    JsonArray messages = new JsonArray();
    c.messages().forEach(m -> messages.add(message(m, locale)));
    return new JsonObject()
      .put("id", c.id().toString())
      .put("title", c.title())
      .put("messages", messages);
  }

  static JsonObject message(ConversationDetail.Message m, String locale) {
    JsonObject json = new JsonObject()
      .put("id", m.id().toString())
      .put("parentId", m.parentId().map(UUID::toString).orElse(null))
      .put("role", m.role())
      .put("text", m.text())
      .put("createdAt", m.createdAt().toString())
      .put("status", m.status().code());
    if (m.hasOtherParts()) {
      json.put("parts", Passage.json(m.parts()));
    }
    if (!m.files().isEmpty()) {
      json.put("files", FileView.toJson(m.files()));
    }
    m.model().ifPresent(model -> json.put("model", model));
    if (m.masked()) {
      json.put("masked", true);
    }
    m
      .error()
      .flatMap(e -> ErrorCode.of(e.code()).map(code -> ErrorBody.of(code, e.args(), locale)))
      .ifPresent(error -> json.put("error", error.toJson()));
    m.generation().ifPresent(g -> json.put("generation", generation(g)));
    return json;
  }

  private static JsonObject generation(ConversationDetail.Generation g) {
    JsonObject json = new JsonObject()
      .put("id", g.id().toString())
      .put("epoch", g.epoch())
      .put("position", g.position());
    g
      .usage()
      .ifPresent(u ->
        json.put("usage", new HubFrame.Usage(u.prompt(), u.completion(), u.prefilled()).toJson())
      );
    g.reason().ifPresent(r -> json.put("reason", r));
    return json;
  }
}
