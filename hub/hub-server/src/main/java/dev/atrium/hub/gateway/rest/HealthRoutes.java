package dev.atrium.hub.gateway.rest;

import dev.atrium.api.ModelView;
import dev.atrium.hub.db.Db;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.function.Supplier;

/** {@code /health/live} and {@code /health/ready}: for whoever starts and watches hubs. */
final class HealthRoutes {

  private static final int UNAVAILABLE = 503;

  private final String hubId;
  private final Db db;
  private final Supplier<List<ModelView>> models;

  HealthRoutes(String hubId, Db db, Supplier<List<ModelView>> models) {
    this.hubId = hubId;
    this.db = db;
    this.models = models;
  }

  void add(Router router) {
    router
      .get("/health/live")
      .handler(ctx -> Replies.json(ctx, new JsonObject().put("hubId", hubId)));
    router.get("/health/ready").handler(this::ready);
  }

  /** Ready when the database answers and a model for chat is to be had; the body says what is missing. */
  private void ready(RoutingContext ctx) {
    boolean model = models.get().stream().anyMatch(ModelView::available);
    db
      .ping()
      .onComplete(ping -> {
        boolean ready = ping.succeeded() && model;
        Replies.json(
          ctx,
          ready ? 200 : UNAVAILABLE,
          new JsonObject()
            .put("hubId", hubId)
            .put("ready", ready)
            .put("database", ping.succeeded())
            .put("model", model)
        );
      });
  }
}
