package dev.atrium.hub.auth;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import dev.atrium.hub.config.OidcConfig;
import dev.atrium.hub.crypto.Aad;
import dev.atrium.hub.crypto.DecryptionException;
import dev.atrium.hub.crypto.MasterKey;
import dev.atrium.hub.crypto.WrongMasterKeyException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.ext.auth.User;
import io.vertx.ext.auth.authentication.TokenCredentials;
import io.vertx.ext.auth.oauth2.OAuth2Auth;
import io.vertx.ext.auth.oauth2.OAuth2AuthorizationURL;
import io.vertx.ext.auth.oauth2.OAuth2FlowType;
import io.vertx.ext.auth.oauth2.OAuth2Options;
import io.vertx.ext.auth.oauth2.Oauth2Credentials;
import io.vertx.ext.auth.oauth2.providers.OpenIDConnectAuth;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Signing in with a provider of identities: the code flow of OpenID Connect with PKCE (RFC 7636), state
 * and nonce. What must be remembered between the two halves is in a cookie that only this installation
 * can make or read, so that any hub can finish what another began. The provider is looked up when it is
 * first needed, and again after a failure: a hub starts without it.
 */
public final class OidcSignIn {

  /** Where the provider sends browsers back to. */
  public static final String CALLBACK = "/api/session/oidc/callback";

  /** How long somebody may take at the provider's page. */
  public static final Duration PATIENCE = Duration.ofMinutes(10);

  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(10);
  private static final int MOST_UNDER_WAY = 32;
  private static final int MOST_GROUPS = 2_000;
  private static final long CLOCK_SKEW_SECONDS = 30;
  private static final Aad PLACE = Aad.of("oidc_sign_in");
  private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();
  private static final Logger log = LoggerFactory.getLogger(OidcSignIn.class);

  private final Vertx vertx;
  private final OidcConfig config;
  private final MasterKey master;
  private final InstantSource clock;
  private final SignInGuard guard;
  private final BiFunction<ExternalIdentity, Peer, Future<SignedIn>> open;
  private final Outage outage;
  private final AtomicInteger underWay = new AtomicInteger();
  private Future<Provider> provider;

  /** Where to send a browser, and what it must bring back as a cookie. */
  public record Begun(String url, String cookie) {
    @Override
    public String toString() {
      return "Begun";
    }
  }

  private record Provider(OAuth2Auth auth, String issuer, Optional<String> endSession) {}

  /** What is remembered meanwhile. */
  private record Pending(String state, String nonce, String verifier, String redirect) {}

  /**
   * @param open lets somebody in for whom the provider has vouched
   */
  OidcSignIn(
    Vertx vertx,
    OidcConfig config,
    MasterKey master,
    InstantSource clock,
    SignInGuard guard,
    BiFunction<ExternalIdentity, Peer, Future<SignedIn>> open
  ) {
    this.vertx = vertx;
    this.config = config;
    this.master = master;
    this.clock = clock;
    this.guard = guard;
    this.open = open;
    this.outage = new Outage(log, config.issuer(), System::nanoTime);
  }

  /** What stands on the button. */
  public String title() {
    return config.title();
  }

  /**
   * Begins. Fails with {@code TOO_MANY_ATTEMPTS} if too many were begun from this address and not finished.
   *
   * @param origin of this installation, as the browser knows it
   */
  public Future<Begun> begin(String origin, String address) {
    return guard.begun("session.sign_in", address).compose(_ -> begin(origin));
  }

  private Future<Begun> begin(String origin) {
    Pending pending = new Pending(
      Secrets.newToken(),
      Secrets.newToken(),
      Secrets.newToken(),
      origin + CALLBACK
    );
    return bounded(
      provider().map(p ->
        new Begun(
          p
            .auth()
            .authorizeURL(
              new OAuth2AuthorizationURL()
                .setRedirectUri(pending.redirect())
                .setScopes(config.scopes())
                .setState(pending.state())
                .setCodeChallenge(BASE64.encodeToString(Secrets.hash(pending.verifier())))
                .setCodeChallengeMethod("S256")
                .putAdditionalParameter("nonce", pending.nonce())
            ),
          seal(pending)
        )
      )
    );
  }

  /**
   * Ends. Fails with {@code SIGN_IN_INTERRUPTED} if this browser did not begin it, or too long ago, or the
   * provider's word is not good; with {@code SIGN_IN_REFUSED} if the provider vouches for somebody who may
   * not come in.
   *
   * @param cookie what {@link #begin} gave
   */
  public Future<SignedIn> finish(String cookie, String state, String code, Peer peer) {
    Optional<Pending> pending = unseal(cookie);
    if (pending.isEmpty() || !same(pending.get().state(), state)) {
      return interrupted("the state is not that of this browser");
    }
    Oauth2Credentials credentials = new Oauth2Credentials()
      .setFlow(OAuth2FlowType.AUTH_CODE)
      .setCode(code)
      .setRedirectUri(pending.get().redirect())
      .setCodeVerifier(pending.get().verifier());
    return bounded(
      provider().compose(p ->
          p
            .auth()
            .authenticate(credentials)
            .onSuccess(_ -> outage.answered())
            .recover(this::refusedByProvider)
            .compose(user ->
              claims(p, user).compose(claims ->
                checked(
                  p,
                  claims,
                  pending.get(),
                  Optional.ofNullable(user.principal().getString("id_token"))
                )
              )
            )
        )
    )
      .compose(who -> open.apply(who, peer))
      .onSuccess(_ -> guard.finished(peer.address()));
  }

  /**
   * Where a browser goes to sign out at the provider too (OpenID Connect RP-Initiated Logout 1.0); empty if
   * the provider offers nothing.
   *
   * @param idToken of the session that has ended; with it the provider need not ask its user once more
   */
  public Optional<String> signOutUrl(String origin, Optional<String> idToken) {
    Future<Provider> known;
    synchronized (this) {
      known = provider;
    }
    return Optional.ofNullable(known)
      .filter(Future::succeeded)
      .flatMap(p -> p.result().endSession())
      .map(
        address ->
          address +
          (address.contains("?") ? "&" : "?") +
          "client_id=" +
          encode(config.clientId()) +
          "&post_logout_redirect_uri=" +
          encode(origin + "/") +
          idToken.map(token -> "&id_token_hint=" + encode(token)).orElse("")
      );
  }

  /** The provider, looked up once; a failure is forgotten. */
  private synchronized Future<Provider> provider() {
    if (provider == null || provider.failed()) {
      provider = discover();
    }
    return provider;
  }

  private Future<Provider> discover() {
    HttpClientOptions http = new HttpClientOptions()
      .setConnectTimeout(5_000)
      .setReadIdleTimeout(10)
      .setIdleTimeoutUnit(TimeUnit.SECONDS);
    config
      .ca()
      .ifPresent(ca -> http.setTrustOptions(new PemTrustOptions().addCertPath(ca.toString())));
    OAuth2Options options = new OAuth2Options()
      .setSite(config.issuer())
      .setClientId(config.clientId())
      .setHttpClientOptions(http);
    try {
      if (config.secretFile().isPresent()) {
        options.setClientSecret(Files.readString(config.secretFile().get()).strip());
      }
    } catch (IOException e) {
      return unavailable(new IOException("the client secret can't be read: " + e, e));
    }
    return OpenIDConnectAuth.discover(vertx, options)
      .map(auth ->
        new Provider(
          auth,
          options.getJWTOptions().getIssuer(),
          Optional.ofNullable(options.getLogoutPath())
        )
      )
      .onSuccess(_ -> outage.answered())
      .recover(this::unavailable);
  }

  private <T> Future<T> refusedByProvider(Throwable failure) {
    if (
      failure instanceof IOException ||
      failure instanceof HttpClosedException ||
      failure instanceof java.util.concurrent.TimeoutException
    ) {
      return unavailable(failure);
    }
    return interrupted("the provider did not take the code: " + failure.getMessage());
  }

  /** The claims of the ID token, whose signature was good; with keys read anew if it has a new one. */
  private static Future<JsonObject> claims(Provider p, User user) {
    JsonObject claims = user.attributes().getJsonObject("idToken");
    String token = user.principal().getString("id_token");
    if (claims != null || token == null) {
      return Future.succeededFuture(claims == null ? new JsonObject() : claims);
    }
    return p
      .auth()
      .jWKSet()
      .compose(_ -> p.auth().authenticate(new TokenCredentials(token)))
      .map(again -> again.attributes().getJsonObject("accessToken", new JsonObject()))
      .recover(e -> interrupted("the signature of the ID token is not good: " + e.getMessage()));
  }

  /** OpenID Connect Core, 3.1.3.7. */
  private Future<ExternalIdentity> checked(
    Provider p,
    JsonObject claims,
    Pending pending,
    Optional<String> idToken
  ) {
    long now = clock.instant().getEpochSecond();
    try {
      Set<String> audience = texts(claims.getValue("aud"));
      String subject = claims.getString("sub");
      boolean good =
        p.issuer().equals(claims.getString("iss")) &&
        audience.contains(config.clientId()) &&
        config.clientId().equals(claims.getString("azp", config.clientId())) &&
        claims.getLong("exp", 0L) > now - CLOCK_SKEW_SECONDS &&
        claims.getLong("iat", Long.MAX_VALUE) < now + CLOCK_SKEW_SECONDS &&
        same(pending.nonce(), claims.getString("nonce", "")) &&
        subject != null &&
        !subject.isEmpty();
      if (!good) {
        return interrupted("the ID token is not for this sign-in");
      }
      String name = claims.getString(config.nameClaim(), subject);
      String locale = claims.getString("locale", "en");
      return Future.succeededFuture(
        new ExternalIdentity(
          ExternalIdentity.Kind.OIDC,
          p.issuer(),
          subject,
          name,
          claims.getString("name", name),
          Optional.ofNullable(claims.getString("email")),
          locale.startsWith("zh") ? "zh" : "en",
          texts(at(claims, config.groupsClaim())),
          idToken
        )
      );
    } catch (ClassCastException e) {
      return interrupted("a claim of the ID token has another type: " + e.getMessage());
    }
  }

  /** A claim of this name, or the one that dots lead to. */
  private static Object at(JsonObject claims, String path) {
    if (claims.containsKey(path)) {
      return claims.getValue(path);
    }
    Object value = claims;
    for (String step : path.split("\\.")) {
      value = value instanceof JsonObject object ? object.getValue(step) : null;
    }
    return value;
  }

  private static Set<String> texts(Object value) {
    Set<String> all = new LinkedHashSet<>();
    switch (value) {
      case String one -> all.add(one);
      case JsonArray many -> many
        .stream()
        .filter(String.class::isInstance)
        .limit(MOST_GROUPS)
        .forEach(v -> all.add((String) v));
      case null, default -> {
        // no groups
      }
    }
    return all;
  }

  private <T> Future<T> bounded(Future<T> asked) {
    if (underWay.incrementAndGet() > MOST_UNDER_WAY) {
      underWay.decrementAndGet();
      return Future.failedFuture(new AtriumException(ErrorCode.OVERLOADED));
    }
    return asked
      .timeout(ANSWER_WITHIN.toSeconds(), TimeUnit.SECONDS)
      .recover(e -> e instanceof AtriumException ? Future.failedFuture(e) : unavailable(e))
      .onComplete(_ -> underWay.decrementAndGet());
  }

  private String seal(Pending pending) {
    JsonObject json = new JsonObject()
      .put("state", pending.state())
      .put("nonce", pending.nonce())
      .put("verifier", pending.verifier())
      .put("redirect", pending.redirect())
      .put("until", clock.instant().plus(PATIENCE).getEpochSecond());
    MasterKey.Wrapped sealed = master.wrap(json.encode().getBytes(StandardCharsets.UTF_8), PLACE);
    return sealed.keyId() + "." + BASE64.encodeToString(sealed.bytes());
  }

  private Optional<Pending> unseal(String cookie) {
    try {
      int dot = cookie.indexOf('.');
      if (dot < 0) {
        return Optional.empty();
      }
      byte[] sealed = Base64.getUrlDecoder().decode(cookie.substring(dot + 1));
      JsonObject json = new JsonObject(
        new String(master.unwrap(sealed, cookie.substring(0, dot), PLACE), StandardCharsets.UTF_8)
      );
      return clock.instant().getEpochSecond() < json.getLong("until")
        ? Optional.of(
          new Pending(
            json.getString("state"),
            json.getString("nonce"),
            json.getString("verifier"),
            json.getString("redirect")
          )
        )
        : Optional.empty();
    } catch (
      IllegalArgumentException
      | DecodeException
      | DecryptionException
      | WrongMasterKeyException _
    ) {
      return Optional.empty();
    }
  }

  private static boolean same(String one, String other) {
    return MessageDigest.isEqual(
      one.getBytes(StandardCharsets.UTF_8),
      other.getBytes(StandardCharsets.UTF_8)
    );
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private static <T> Future<T> interrupted(String why) {
    log.info("a sign-in by OpenID Connect was not finished: {}", why);
    return Future.failedFuture(new AtriumException(ErrorCode.SIGN_IN_INTERRUPTED));
  }

  private <T> Future<T> unavailable(Throwable cause) {
    outage.failed(cause);
    return Future.failedFuture(
      new AtriumException(ErrorCode.IDENTITY_UNAVAILABLE, Map.of(), cause)
    );
  }
}
