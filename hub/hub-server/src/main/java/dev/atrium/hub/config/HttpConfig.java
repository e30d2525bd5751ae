package dev.atrium.hub.config;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Where browsers reach this hub.
 *
 * @param host the address that is bound
 * @param port shared by all hubs of one machine; 0 takes any free one
 * @param directPort this hub's own, so that a browser can be sent away from a hub that leaves; 0 is
 *     none
 * @param publicOrigins origins besides the server's own whose pages may use this hub
 * @param tls certificate and key, PEM; may be absent on loopback only
 */
public record HttpConfig(
  String host,
  int port,
  int directPort,
  Set<String> publicOrigins,
  Optional<Tls> tls
) {
  /** A certificate chain and its key, PEM files. */
  public record Tls(Path certificate, Path key) {}

  public HttpConfig {
    publicOrigins = Set.copyOf(publicOrigins);
    if (tls.isEmpty() && !isLoopback(host)) {
      throw new ConfigException(
        "ATRIUM_HTTP_HOST is " +
        host +
        ": listening off loopback needs ATRIUM_TLS_CERT and ATRIUM_TLS_KEY"
      );
    }
  }

  static HttpConfig read(Environment env) {
    Optional<Path> certificate = env.file("ATRIUM_TLS_CERT");
    Optional<Path> key = env.file("ATRIUM_TLS_KEY");
    if (certificate.isPresent() != key.isPresent()) {
      throw new ConfigException("ATRIUM_TLS_CERT and ATRIUM_TLS_KEY must be given together");
    }
    return new HttpConfig(
      env.text("ATRIUM_HTTP_HOST").orElse("127.0.0.1"),
      env.port("ATRIUM_HTTP_PORT", 8080, true),
      env.port("ATRIUM_HTTP_DIRECT_PORT", 0, true),
      origins(env.text("ATRIUM_PUBLIC_ORIGINS").orElse("")),
      certificate.map(c -> new Tls(c, key.orElseThrow()))
    );
  }

  /** "http" or "https". */
  public String scheme() {
    return tls.isPresent() ? "https" : "http";
  }

  private static Set<String> origins(String list) {
    Set<String> origins = Arrays.stream(list.split(","))
      .map(String::strip)
      .filter(s -> !s.isEmpty())
      .collect(Collectors.toSet());
    for (String origin : origins) {
      if (!origin.matches("https?://[^/\\s]+")) {
        throw new ConfigException(
          "ATRIUM_PUBLIC_ORIGINS must be scheme://host[:port], without a path; not so: " + origin
        );
      }
    }
    return origins;
  }

  static boolean isLoopback(String host) {
    return host.equals("localhost") || host.equals("::1") || host.startsWith("127.");
  }
}
