package dev.atrium.hub.gateway.rest;

import dev.atrium.api.ModelView;
import dev.atrium.hub.db.Db;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** {@code /health/live} and {@code /health/ready}: for whoever starts and watches hubs. */
final class HealthRoutes {

  private static final int UNAVAILABLE = 503;

  private final String hubId;
  private final Db db;
  private final Supplier<List<ModelView>> models;
  private final Supplier<List<HeardEngine>> engines;

  HealthRoutes(
    String hubId,
    Db db,
    Supplier<List<ModelView>> models,
    Supplier<List<HeardEngine>> engines
  ) {
    this.hubId = hubId;
    this.db = db;
    this.models = models;
    this.engines = engines;
  }

  void add(Router router) {
    router
      .get("/health/live")
      .handler(ctx -> Replies.json(ctx, new JsonObject().put("hubId", hubId)));
    router.get("/health/ready").handler(this::ready);
  }

  /**
   * Ready when the database answers and a model for chat is to be had; the body says what is missing,
   * and why, if that is known.
   */
  private void ready(RoutingContext ctx) {
    boolean model = models.get().stream().anyMatch(ModelView::available);
    db
      .ping()
      .onComplete(ping -> {
        boolean ready = ping.succeeded() && model;
        JsonObject body = new JsonObject()
          .put("hubId", hubId)
          .put("ready", ready)
          .put("database", ping.succeeded())
          .put("model", model);
        if (!model) {
          explain(body);
        }
        Replies.json(ctx, ready ? 200 : UNAVAILABLE, body);
      });
  }

  private void explain(JsonObject body) {
    List<HeardEngine> heard = engines.get();
    body.put("engines", new JsonArray(heard.stream().map(HeardEngine::toJson).toList()));
    body.put(
      "why",
      heard.isEmpty()
        ? "no node is heard"
        : heard
          .stream()
          .filter(e -> !e.canChat())
          .map(HeardEngine::whyNot)
          .collect(Collectors.joining("; "))
    );
  }
}
