package dev.atrium.hub.gateway.rest;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import dev.atrium.hub.auth.Peer;
import dev.atrium.hub.gateway.Bearer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.HostAndPort;
import io.vertx.ext.web.RoutingContext;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Reads what somebody else wrote into a request; anything unfit is a coded error. */
final class Requests {

  private Requests() {}

  static JsonObject body(RoutingContext ctx) {
    try {
      JsonObject json = ctx.body().asJsonObject();
      if (json != null) {
        return json;
      }
    } catch (DecodeException | ClassCastException _) {
      // told below
    }
    throw bad("body", "a JSON object is needed");
  }

  static String text(JsonObject body, String field) {
    if (body.getValue(field) instanceof String s) {
      return s;
    }
    throw bad(field, "a string is needed");
  }

  /** An id in a path; one that can't be an id is as absent as any other thing of this kind. */
  static UUID id(RoutingContext ctx, String what) {
    return id(ctx, "id", what);
  }

  /** {@link #id(RoutingContext, String)} of another name in the path. */
  static UUID id(RoutingContext ctx, String name, String what) {
    String text = ctx.pathParam(name);
    try {
      if (text.length() == 36) {
        return UUID.fromString(text);
      }
    } catch (IllegalArgumentException _) {
      // told below
    }
    throw new AtriumException(ErrorCode.NOT_FOUND, Map.of("what", what));
  }

  /** An id in a field or a query. */
  static UUID uuid(String field, String text) {
    try {
      if (text.length() == 36) {
        return UUID.fromString(text);
      }
    } catch (IllegalArgumentException _) {
      // told below
    }
    throw bad(field, "an id is needed");
  }

  /** The API key that is shown, if any header says so; see {@link Bearer}. */
  static Optional<String> key(RoutingContext ctx) {
    return Bearer.token(ctx.request().getHeader("Authorization"));
  }

  static Peer peer(RoutingContext ctx) {
    return new Peer(address(ctx), Optional.ofNullable(ctx.request().getHeader("User-Agent")));
  }

  static String address(RoutingContext ctx) {
    return ctx.request().remoteAddress().hostAddress();
  }

  /** Whom the client meant to ask, with the port if it named one; HTTP/2 has no Host header for it. */
  static String host(RoutingContext ctx) {
    HostAndPort asked = ctx.request().authority();
    return asked == null ? null : asked.toString();
  }

  static AtriumException bad(String field, String reason) {
    return new AtriumException(ErrorCode.BAD_FIELD, Map.of("field", field, "reason", reason));
  }
}
