package dev.atrium.hub.gateway.rest;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import dev.atrium.hub.conversation.MessageSearch;
import dev.atrium.policy.Scope;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/** {@code /api/search}: the caller's own messages. One search of a person at a time on this hub. */
final class SearchRoutes {

  private static final int MOST_AT_ONCE = 16;

  private final MessageSearch search;
  private final Set<UUID> searching;

  SearchRoutes(MessageSearch search, Set<UUID> searching) {
    this.search = search;
    this.searching = searching;
  }

  /** Who searches now, shared by the routers of all event loops. */
  static Set<UUID> nobody() {
    return ConcurrentHashMap.newKeySet();
  }

  void add(Router router) {
    router
      .get("/api/search")
      .handler(HttpApi.needs(Scope.CONVERSATIONS_READ))
      .handler(this::search);
  }

  private void search(RoutingContext ctx) {
    UUID user = HttpApi.caller(ctx).userId();
    String text = ctx.request().getParam("q", "");
    Optional<String> before = Optional.ofNullable(ctx.request().getParam("before"));
    if (searching.size() >= MOST_AT_ONCE || !searching.add(user)) {
      throw new AtriumException(ErrorCode.RATE_LIMITED, Map.of("retryAfterSeconds", 1));
    }
    search
      .search(user, text, before)
      .onComplete(_ -> searching.remove(user))
      .onSuccess(found -> Replies.json(ctx, found(found)))
      .onFailure(ctx::fail);
  }

  private static JsonObject found(MessageSearch.Found found) {
    JsonArray hits = new JsonArray();
    found.hits().forEach(hit -> hits.add(hit(hit)));
    return new JsonObject()
      .put("hits", hits)
      .put("scanned", found.scanned())
      .put("next", found.next().orElse(null));
  }

  private static JsonObject hit(MessageSearch.Hit hit) {
    return new JsonObject()
      .put("conversationId", hit.conversationId().toString())
      .put("title", hit.title())
      .put("messageId", hit.messageId().map(UUID::toString).orElse(null))
      .put("role", hit.role().orElse(null))
      .put("at", hit.when().toString())
      .put("excerpt", hit.excerpt())
      .put("start", hit.at())
      .put("length", hit.length());
  }
}
