package dev.atrium.hub.gateway;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Which pages may use this hub with a user's cookies: those that it served itself, and those that
 * the operator named. A browser says with every write and every websocket which page is asking
 * (RFC 6454); a request that doesn't say is refused as well.
 */
public final class Origins {

  private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");

  private final String scheme;
  private final Set<String> named;

  /**
   * @param scheme that of this server, "http" or "https"
   * @param named further origins, such as that of a proxy
   */
  public Origins(String scheme, Set<String> named) {
    this.scheme = scheme;
    this.named = Set.copyOf(named);
  }

  /**
   * Checks a request.
   *
   * @param origin the header of this name, or null
   * @param host the header of this name, or null
   * @throws AtriumException {@code forbidden_origin}
   */
  public void check(String origin, String host) {
    if (!allows(origin, host)) {
      String shown = origin == null ? "(none)" : origin;
      throw new AtriumException(
        ErrorCode.FORBIDDEN_ORIGIN,
        Map.of("origin", shown.length() > 200 ? shown.substring(0, 200) : shown)
      );
    }
  }

  /**
   * The origin of the pages that are served to whoever asks this host: one that the operator named, if it
   * has this host (a proxy may speak TLS for this server), else this server's own.
   *
   * @throws AtriumException {@code bad_field} if there is no host
   */
  public String of(String host) {
    if (host == null || !host.matches("[A-Za-z0-9.:\\[\\]_-]{1,260}")) {
      throw new AtriumException(
        ErrorCode.BAD_FIELD,
        Map.of("field", "Host", "reason", "a host is needed")
      );
    }
    return named
      .stream()
      .filter(origin ->
        origin.toLowerCase(Locale.ROOT).endsWith("://" + host.toLowerCase(Locale.ROOT))
      )
      .sorted()
      .findFirst()
      .orElse(scheme + "://" + host);
  }

  boolean allows(String origin, String host) {
    if (origin == null || host == null) {
      return false;
    }
    return (
      named.contains(origin) ||
      origin.toLowerCase(Locale.ROOT).equals(scheme + "://" + host.toLowerCase(Locale.ROOT)) ||
      sameLoopback(origin, host)
    );
  }

  /** localhost, 127.0.0.1 and [::1] are one machine; the port must be the same. */
  private boolean sameLoopback(String origin, String host) {
    try {
      URI page = new URI(origin);
      URI here = new URI(scheme + "://" + host);
      return (
        scheme.equals(page.getScheme()) &&
        page.getHost() != null &&
        here.getHost() != null &&
        LOOPBACK.contains(page.getHost()) &&
        LOOPBACK.contains(here.getHost()) &&
        page.getPort() == here.getPort()
      );
    } catch (URISyntaxException _) {
      return false;
    }
  }
}
