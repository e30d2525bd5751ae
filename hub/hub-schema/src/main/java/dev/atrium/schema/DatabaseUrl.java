package dev.atrium.schema;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/**
 * One database, as {@code postgresql://user:password@host:port/name} says it. User and password are
 * percent-encoded in the text and plain here. {@link #toString} never shows the password.
 */
public record DatabaseUrl(String host, int port, String name, String user, String password) {
  private static final int DEFAULT_PORT = 5432;

  public DatabaseUrl {
    if (host.isEmpty() || name.isEmpty() || user.isEmpty()) {
      throw new IllegalArgumentException("host, database and user must be given");
    }
    if (port < 1 || port > 65_535) {
      throw new IllegalArgumentException("port must be between 1 and 65535");
    }
  }

  /**
   * Reads an address.
   *
   * @throws IllegalArgumentException with a sentence that does not repeat the password
   */
  public static DatabaseUrl parse(String text) {
    URI uri;
    try {
      uri = new URI(text.strip());
    } catch (URISyntaxException _) {
      // The exception's own message holds the whole address, and so the password.
      throw new IllegalArgumentException(expected());
    }
    var scheme = uri.getScheme();
    var userInfo = uri.getRawUserInfo();
    var path = uri.getRawPath();
    if (
      (!"postgresql".equals(scheme) && !"postgres".equals(scheme)) ||
      uri.getHost() == null ||
      userInfo == null ||
      path == null ||
      path.length() < 2 ||
      uri.getRawQuery() != null
    ) {
      throw new IllegalArgumentException(expected());
    }
    var colon = userInfo.indexOf(':');
    var user = colon < 0 ? userInfo : userInfo.substring(0, colon);
    var password = colon < 0 ? "" : userInfo.substring(colon + 1);
    var port = uri.getPort() < 0 ? DEFAULT_PORT : uri.getPort();
    return new DatabaseUrl(
      uri.getHost(),
      port,
      decode(path.substring(1)),
      decode(user),
      decode(password)
    );
  }

  private static String expected() {
    return "a database address looks like postgresql://user:password@host:port/database";
  }

  /** The same server and user, another database. */
  public DatabaseUrl withName(String other) {
    return new DatabaseUrl(host, port, other, user, password);
  }

  /** The address for JDBC, without user and password. */
  public String jdbc() {
    return "jdbc:postgresql://" + host + ":" + port + "/" + encode(name);
  }

  /** The whole address, with the password: for handing to a process, never for a log. */
  public String reveal() {
    return (
      "postgresql://" +
      encode(user) +
      ":" +
      encode(password) +
      "@" +
      host +
      ":" +
      port +
      "/" +
      encode(name)
    );
  }

  @Override
  public String toString() {
    return "postgresql://" + encode(user) + ":***@" + host + ":" + port + "/" + encode(name);
  }

  private static String decode(String s) {
    // URLDecoder reads forms, where a plus is a space; in an address it is a plus.
    return URLDecoder.decode(s.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  private static String encode(String s) {
    return URLEncoder.encode(s, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
