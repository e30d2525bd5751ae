package dev.atrium.hub.config;

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
