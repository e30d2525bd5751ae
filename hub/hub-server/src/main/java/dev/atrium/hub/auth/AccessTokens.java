package dev.atrium.hub.auth;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import dev.atrium.hub.auth.PgSigningKeys.SigningKey;
import dev.atrium.hub.auth.VerifiedTokens.Verified;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.auth.JWTOptions;
import io.vertx.ext.auth.PubSecKeyOptions;
import io.vertx.ext.auth.authentication.TokenCredentials;
import io.vertx.ext.auth.jwt.JWTAuth;
import io.vertx.ext.auth.jwt.JWTAuthOptions;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * Access tokens as RFC 8725 wants them: one algorithm for each key, an issuer and an audience that
 * nothing else of ours has, keys that sign nothing else, a key id that must be ours. They are signed by
 * a private key, because its public half will let others (the portal) check a token that they must not
 * be able to make. A token says who and which session, and nothing else: what the caller may do is read
 * from the database.
 */
final class AccessTokens {

  static final String ISSUER = "atrium";
  static final String AUDIENCE = "atrium-hub";
  static final String TYPE = "JWT";
  private static final int LONGEST = 2_048;
  private static final Duration RELOAD_AT_MOST_EVERY = Duration.ofSeconds(5);

  /** What a token says. */
  record Claims(UUID userId, UUID sessionId) {}

  /**
   * The keys as they were read.
   *
   * @param algorithms by key id
   * @param verified by these keys
   * @param at when, in nanoseconds of the JVM's clock
   */
  private record Loaded(
    JWTAuth jwt,
    String signingKid,
    Map<String, String> algorithms,
    VerifiedTokens verified,
    long at
  ) {}

  /** What the head of a token says of its key. */
  private record Head(String kid, String algorithm) {}

  private final Vertx vertx;
  private final PgSigningKeys keys;
  private final Duration ttl;
  private final InstantSource clock;
  private volatile Loaded loaded;

  private AccessTokens(Vertx vertx, PgSigningKeys keys, Duration ttl, InstantSource clock) {
    this.vertx = vertx;
    this.keys = keys;
    this.ttl = ttl;
    this.clock = clock;
  }

  static Future<AccessTokens> load(
    Vertx vertx,
    PgSigningKeys keys,
    Duration ttl,
    InstantSource clock
  ) {
    var tokens = new AccessTokens(vertx, keys, ttl, clock);
    return tokens.reload().map(tokens);
  }

  /** Reads the keys again, so that new ones are used and old ones forgotten. */
  Future<Void> reload() {
    return keys
      .load()
      .map(all -> {
        var signing = signing(all);
        var options = new JWTAuthOptions();
        for (var key : all) {
          options.addPubSecKey(pem(key, "PUBLIC KEY", key.publicSpki()));
        }
        options.addPubSecKey(pem(signing, "PRIVATE KEY", signing.privatePkcs8()));
        options.setJWTOptions(
          new JWTOptions().setIssuer(ISSUER).addAudience(AUDIENCE).setIgnoreExpiration(true)
        );
        loaded = new Loaded(
          JWTAuth.create(vertx, options),
          signing.kid(),
          all.stream().collect(Collectors.toMap(SigningKey::kid, SigningKey::algorithm)),
          new VerifiedTokens(),
          System.nanoTime()
        );
        return null;
      });
  }

  /** The newest that every hub knows; without one the newest. */
  private static SigningKey signing(List<SigningKey> newestFirst) {
    return newestFirst
      .stream()
      .filter(key -> key.maySign() && key.known())
      .findFirst()
      .or(() -> newestFirst.stream().filter(SigningKey::signs).findFirst())
      .orElseThrow();
  }

  private static PubSecKeyOptions pem(SigningKey key, String label, Buffer der) {
    var base64 = Base64.getMimeEncoder(64, new byte[] { '\n' }).encodeToString(der.getBytes());
    return new PubSecKeyOptions()
      .setId(key.kid())
      .setAlgorithm(key.algorithm())
      .setBuffer("-----BEGIN " + label + "-----\n" + base64 + "\n-----END " + label + "-----\n");
  }

  String sign(UUID userId, UUID sessionId) {
    var current = loaded;
    var now = clock.instant().getEpochSecond();
    var claims = new JsonObject()
      .put("sub", userId.toString())
      .put("sid", sessionId.toString())
      .put("iat", now)
      .put("exp", now + ttl.toSeconds());
    var options = new JWTOptions()
      .setAlgorithm(current.algorithms().get(current.signingKid()))
      .setIssuer(ISSUER)
      .addAudience(AUDIENCE)
      .setNoTimestamp(true)
      .setHeader(new JsonObject().put("kid", current.signingKid()));
    return current.jwt().generateToken(claims, options);
  }

  /** Fails with {@code UNAUTHENTICATED}, or with {@code SESSION_EXPIRED} if only the time is over. */
  Future<Claims> verify(String token) {
    if (token.length() > LONGEST) {
      return unauthenticated();
    }
    var known = loaded.verified().find(token);
    if (known.isPresent()) {
      return inTime(known.get());
    }
    var head = headOf(token);
    return head == null
      ? unauthenticated()
      : knowing(head.kid())
        .compose(current -> verify(token, head, current))
        .compose(this::inTime);
  }

  private Future<Verified> verify(String token, Head head, Loaded current) {
    if (!head.algorithm().equals(current.algorithms().get(head.kid()))) {
      return unauthenticated();
    }
    return current
      .jwt()
      .authenticate(new TokenCredentials(token))
      .recover(_ -> unauthenticated())
      .compose(user -> read(user.attributes().getJsonObject("accessToken")))
      .onSuccess(verified -> current.verified().keep(token, verified));
  }

  private static Future<Verified> read(JsonObject claims) {
    try {
      var who = UUID.fromString(claims.getString("sub"));
      var session = UUID.fromString(claims.getString("sid"));
      return Future.succeededFuture(new Verified(new Claims(who, session), claims.getLong("exp")));
    } catch (IllegalArgumentException | ClassCastException | NullPointerException _) {
      return unauthenticated();
    }
  }

  private Future<Claims> inTime(Verified verified) {
    return clock.instant().getEpochSecond() < verified.expiry()
      ? Future.succeededFuture(verified.claims())
      : Future.failedFuture(new AtriumException(ErrorCode.SESSION_EXPIRED));
  }

  /** Another hub may have made a key since we looked; but no stranger makes us look all the time. */
  private Future<Loaded> knowing(String kid) {
    var current = loaded;
    var age = System.nanoTime() - current.at();
    return current.algorithms().containsKey(kid) || age < RELOAD_AT_MOST_EVERY.toNanos()
      ? Future.succeededFuture(current)
      : reload().map(_ -> loaded);
  }

  /** Null if it is no head of a token of ours. */
  private static Head headOf(String token) {
    var dot = token.indexOf('.');
    if (dot < 0) {
      return null;
    }
    try {
      var json = Base64.getUrlDecoder().decode(token.substring(0, dot));
      var head = new JsonObject(new String(json, StandardCharsets.UTF_8));
      var kid = head.getString("kid");
      var algorithm = head.getString("alg");
      return TYPE.equals(head.getValue("typ")) && kid != null && algorithm != null
        ? new Head(kid, algorithm)
        : null;
    } catch (IllegalArgumentException | DecodeException | ClassCastException _) {
      return null;
    }
  }

  private static <T> Future<T> unauthenticated() {
    return Future.failedFuture(new AtriumException(ErrorCode.UNAUTHENTICATED));
  }
}
