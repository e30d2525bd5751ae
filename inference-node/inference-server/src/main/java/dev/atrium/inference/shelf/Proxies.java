package dev.atrium.inference.shelf;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The proxy that the environment names: {@code https_proxy}, {@code http_proxy} and {@code no_proxy},
 * in small letters or capitals, as curl reads them.
 */
final class Proxies extends ProxySelector {

  private final Map<String, String> environment;

  Proxies(Map<String, String> environment) {
    this.environment = environment;
    for (String scheme : List.of("http", "https")) {
      var _ = address(scheme);
    }
  }

  @Override
  public List<Proxy> select(URI uri) {
    if (isExempt(uri.getHost())) {
      return List.of(Proxy.NO_PROXY);
    }
    return address(uri.getScheme())
      .map(address -> List.of(new Proxy(Proxy.Type.HTTP, address)))
      .orElse(List.of(Proxy.NO_PROXY));
  }

  private boolean isExempt(String host) {
    String name = host.toLowerCase(Locale.ROOT);
    for (String rule : value("no_proxy").orElse("").split(",", -1)) {
      String suffix = rule.strip().toLowerCase(Locale.ROOT).replaceFirst("^\\*?\\.", "");
      if (suffix.equals("*")) {
        return true;
      }
      if (!suffix.isEmpty() && (name.equals(suffix) || name.endsWith("." + suffix))) {
        return true;
      }
    }
    return false;
  }

  private Optional<InetSocketAddress> address(String scheme) {
    String variable = scheme + "_proxy";
    return value(variable).map(text -> {
        try {
          URI uri = URI.create(text.contains("://") ? text : "http://" + text);
          if (uri.getHost() != null && uri.getUserInfo() == null) {
            int port = uri.getPort() < 0 ? 80 : uri.getPort();
            return InetSocketAddress.createUnresolved(uri.getHost(), port);
          }
        } catch (IllegalArgumentException _) {
          // said below
        }
        // Not the value: it may hold a password.
        throw new ShelfException(
          ShelfException.USAGE,
          variable + " must be a host and a port, without a user."
        );
      });
  }

  private Optional<String> value(String variable) {
    String small = environment.get(variable);
    String text = small == null ? environment.get(variable.toUpperCase(Locale.ROOT)) : small;
    return Optional.ofNullable(text)
      .map(String::strip)
      .filter(value -> !value.isEmpty());
  }

  @Override
  public void connectFailed(URI uri, SocketAddress address, IOException e) {
    // The request fails with the same.
  }
}
