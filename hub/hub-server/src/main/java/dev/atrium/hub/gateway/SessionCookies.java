package dev.atrium.hub.gateway;

import dev.atrium.hub.auth.OidcSignIn;
import dev.atrium.hub.auth.SignedIn;
import io.vertx.core.http.Cookie;
import io.vertx.core.http.CookieSameSite;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The two cookies of a session, and the one of a sign-in that is under way at a provider. Scripts can't read them, other sites can't make a browser send them,
 * and the one that renews is sent to the session's own path only.
 *
 * @param secure whether browsers may send them over TLS only; off on plain loopback
 */
public record SessionCookies(boolean secure) {
  private static final String ACCESS = "atrium_access";
  private static final String REFRESH = "atrium_refresh";
  private static final String REFRESH_PATH = "/api/session";
  private static final String PENDING = "atrium_oidc";
  private static final String PENDING_PATH = "/api/session/oidc";

  /** The cookies of a new or renewed session. */
  public List<Cookie> of(SignedIn signedIn) {
    return List.of(
      cookie(ACCESS, signedIn.accessToken(), "/", signedIn.accessTtl()),
      cookie(REFRESH, signedIn.refreshToken(), REFRESH_PATH, signedIn.refreshTtl())
    );
  }

  /** Cookies that make a browser forget. */
  public List<Cookie> none() {
    return List.of(
      cookie(ACCESS, "", "/", Duration.ZERO),
      cookie(REFRESH, "", REFRESH_PATH, Duration.ZERO)
    );
  }

  /**
   * What must come back with a browser from the provider. Lax: it comes back by a link of another site,
   * with which no strict cookie is sent.
   */
  public Cookie begun(String value) {
    return cookie(PENDING, value, PENDING_PATH, OidcSignIn.PATIENCE).setSameSite(
      CookieSameSite.LAX
    );
  }

  /** A cookie that makes a browser forget that. */
  public Cookie noneBegun() {
    return cookie(PENDING, "", PENDING_PATH, Duration.ZERO).setSameSite(CookieSameSite.LAX);
  }

  /** What {@link #begun} gave, in a Cookie header, which may be null. */
  public static Optional<String> pending(String header) {
    return value(header, PENDING);
  }

  /** The access token in a Cookie header (RFC 6265, 5.4), which may be null. */
  public static Optional<String> accessToken(String header) {
    return value(header, ACCESS);
  }

  /** The refresh token in a Cookie header, which may be null. */
  public static Optional<String> refreshToken(String header) {
    return value(header, REFRESH);
  }

  private static Optional<String> value(String header, String name) {
    if (header == null) {
      return Optional.empty();
    }
    for (String pair : header.split(";", -1)) {
      String stripped = pair.strip();
      if (stripped.startsWith(name + "=")) {
        return Optional.of(stripped.substring(name.length() + 1)).filter(v -> !v.isEmpty());
      }
    }
    return Optional.empty();
  }

  private Cookie cookie(String name, String value, String path, Duration life) {
    return Cookie.cookie(name, value)
      .setHttpOnly(true)
      .setSecure(secure)
      .setSameSite(CookieSameSite.STRICT)
      .setPath(path)
      .setMaxAge(life.toSeconds());
  }
}
