package dev.atrium.hub.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where checkpoints of the audit log are written besides the database. Each of them is optional; with
 * none of them nobody can prove later that the end of the log was not cut off.
 *
 * @param file appended to; best on a disk of another machine
 * @param http where each is posted as JSON
 * @param syslog where each is sent as a message
 * @param ca PEM of the authorities that both of these must have their certificates from; absent for the
 *     usual ones
 */
public record AuditConfig(
  Optional<Path> file,
  Optional<Http> http,
  Optional<Syslog> syslog,
  Optional<Path> ca
) {
  /**
   * A web address.
   *
   * @param tokenFile holds a bearer token, read anew each time
   */
  public record Http(URI url, Optional<Path> tokenFile) {}

  /** A server that takes RFC 5424 messages over TLS (RFC 5425) or plain TCP (RFC 6587). */
  public record Syslog(String host, int port, boolean tls) {
    @Override
    public String toString() {
      return (tls ? "tls" : "tcp") + "://" + host + ":" + port;
    }
  }

  static AuditConfig read(Environment env) {
    Optional<Path> file = env.text("ATRIUM_AUDIT_FILE").map(Path::of);
    file.ifPresent(AuditConfig::requireFolder);
    Optional<Path> token = env.file("ATRIUM_AUDIT_HTTP_TOKEN_FILE");
    Optional<Http> http = env.text("ATRIUM_AUDIT_HTTP_URL").map(url -> http(url, token));
    if (token.isPresent() && http.isEmpty()) {
      throw new ConfigException(
        "ATRIUM_AUDIT_HTTP_TOKEN_FILE is of no use without ATRIUM_AUDIT_HTTP_URL"
      );
    }
    return new AuditConfig(
      file,
      http,
      env.text("ATRIUM_AUDIT_SYSLOG").map(AuditConfig::syslog),
      env.file("ATRIUM_AUDIT_CA")
    );
  }

  private static void requireFolder(Path file) {
    Path folder = file.toAbsolutePath().getParent();
    if (!Files.isDirectory(folder) || Files.isDirectory(file)) {
      throw new ConfigException(
        "ATRIUM_AUDIT_FILE: " + file + " is no file in a folder that exists"
      );
    }
  }

  private static Http http(String url, Optional<Path> token) {
    URI uri = uri("ATRIUM_AUDIT_HTTP_URL", url);
    boolean https = "https".equals(uri.getScheme());
    if (!https && !("http".equals(uri.getScheme()) && HttpConfig.isLoopback(uri.getHost()))) {
      throw new ConfigException(
        "ATRIUM_AUDIT_HTTP_URL must begin with https:// (http:// is for this machine only)"
      );
    }
    return new Http(uri, token);
  }

  private static Syslog syslog(String address) {
    URI uri = uri("ATRIUM_AUDIT_SYSLOG", address);
    boolean tls = "tls".equals(uri.getScheme());
    if ((!tls && !"tcp".equals(uri.getScheme())) || !uri.getRawPath().isEmpty()) {
      throw new ConfigException(
        "ATRIUM_AUDIT_SYSLOG must be tls://host[:port] or tcp://host[:port]"
      );
    }
    int usual = tls ? 6514 : 601;
    return new Syslog(uri.getHost(), uri.getPort() < 0 ? usual : uri.getPort(), tls);
  }

  private static URI uri(String key, String text) {
    try {
      URI uri = new URI(text);
      if (uri.getHost() != null && uri.getScheme() != null && uri.getRawUserInfo() == null) {
        return uri;
      }
    } catch (URISyntaxException _) {
      // Its message repeats the text, in which a password may stand.
    }
    throw new ConfigException(key + " must be an address without user and password");
  }
}
