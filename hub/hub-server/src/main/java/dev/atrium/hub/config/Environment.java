package dev.atrium.hub.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** Reads single values of the environment; empty counts as absent, and a wrong one is named in one sentence. */
record Environment(Map<String, String> values) {
  Optional<String> text(String key) {
    return Optional.ofNullable(values.get(key))
      .map(String::strip)
      .filter(s -> !s.isEmpty());
  }

  int port(String key, int otherwise, boolean zeroAllowed) {
    Optional<String> text = text(key);
    if (text.isEmpty()) {
      return otherwise;
    }
    int lowest = zeroAllowed ? 0 : 1;
    if (text.get().matches("\\d{1,5}")) {
      int port = Integer.parseInt(text.get());
      if (port >= lowest && port <= 65_535) {
        return port;
      }
    }
    throw new ConfigException(key + " must be a port between " + lowest + " and 65535");
  }

  boolean onOff(String key, boolean otherwise) {
    return switch (text(key).orElse(otherwise ? "on" : "off")) {
      case "on" -> true;
      case "off" -> false;
      default -> throw new ConfigException(key + " must be on or off");
    };
  }

  /** An address that must be https, or http on this machine. */
  URI httpAddress(String key, String text) {
    try {
      URI uri = new URI(text);
      boolean safe =
        "https".equals(uri.getScheme()) ||
        ("http".equals(uri.getScheme()) && HttpConfig.isLoopback(String.valueOf(uri.getHost())));
      if (safe && uri.getHost() != null && uri.getRawUserInfo() == null) {
        return uri;
      }
    } catch (URISyntaxException _) {
      // Its message repeats the text, in which a password may stand.
    }
    throw new ConfigException(
      key + " must be an https:// address without user and password (http:// on this machine only)"
    );
  }

  /** Settings that say nothing by themselves. */
  void requireNone(String prefix, String without) {
    values
      .keySet()
      .stream()
      .filter(key -> key.startsWith(prefix) && text(key).isPresent())
      .sorted()
      .findFirst()
      .ifPresent(key -> {
        throw new ConfigException(key + " is of no use without " + without);
      });
  }

  Optional<Path> file(String key) {
    Optional<Path> file = text(key).map(Path::of);
    file.ifPresent(path -> {
      if (!Files.isReadable(path)) {
        throw new ConfigException(key + ": there is no readable file " + path);
      }
    });
    return file;
  }
}
