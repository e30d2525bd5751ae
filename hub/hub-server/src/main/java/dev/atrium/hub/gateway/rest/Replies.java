package dev.atrium.hub.gateway.rest;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorBody;
import dev.atrium.api.ErrorCode;
import dev.atrium.hub.auth.Caller;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.Map;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How answers and refusals are written. */
final class Replies {

  /** Where a signed-in caller is kept for the rest of a request. */
  static final String CALLER = "caller";

  /** What is logged in place of a path that opens something for whoever knows it. */
  static final String LOGGED_PATH = "loggedPath";

  private static final int PAYLOAD_TOO_LARGE = 413;
  private static final int INTERNAL = 500;
  private static final Logger log = LoggerFactory.getLogger(Replies.class);

  private Replies() {}

  static void json(RoutingContext ctx, JsonObject body) {
    json(ctx, 200, body);
  }

  static void json(RoutingContext ctx, int status, JsonObject body) {
    if (!ctx.response().ended()) {
      ctx
        .response()
        .setStatusCode(status)
        .putHeader("Content-Type", "application/json; charset=utf-8")
        .putHeader("Cache-Control", "no-store")
        .putHeader("X-Content-Type-Options", "nosniff")
        .end(body.encode());
    }
  }

  /** Writes whatever went wrong as an error of the table; what is not in it is logged with a reference. */
  static void failure(RoutingContext ctx) {
    AtriumException e = translate(ctx);
    json(
      ctx,
      e.code().http(),
      new JsonObject().put("error", ErrorBody.of(e, locale(ctx)).toJson())
    );
  }

  private static AtriumException translate(RoutingContext ctx) {
    if (ctx.failure() instanceof AtriumException e) {
      return e;
    }
    if (ctx.statusCode() == PAYLOAD_TOO_LARGE) {
      return new AtriumException(ErrorCode.TOO_LARGE, Map.of("limit", HttpApi.MOST_BODY_BYTES));
    }
    if (ctx.failure() == null && ctx.statusCode() < INTERNAL) {
      return new AtriumException(
        ErrorCode.BAD_FIELD,
        Map.of("field", "request", "reason", "HTTP " + ctx.statusCode())
      );
    }
    UUID reference = UUID.randomUUID();
    log.error(
      "{} {} failed unexpectedly, reference {}",
      ctx.request().method(),
      ctx.<String>get(LOGGED_PATH, ctx.normalizedPath()),
      reference,
      ctx.failure()
    );
    return new AtriumException(ErrorCode.INTERNAL, Map.of("reference", reference.toString()));
  }

  private static String locale(RoutingContext ctx) {
    if (ctx.get(CALLER) instanceof Caller caller) {
      return caller.locale();
    }
    String wanted = ctx.request().getHeader("Accept-Language");
    return wanted != null && wanted.startsWith("zh") ? "zh" : "en";
  }
}
