package dev.atrium.hub.auth;

import dev.atrium.hub.auth.AccessTokens.Claims;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What tokens said whose signatures this hub has verified, at most {@value #CAPACITY} of them. A browser
 * shows the same one for ten minutes, and twice within a moment when its line comes back: for the
 * session and for the socket. Only a token's SHA-256 is kept.
 */
final class VerifiedTokens {

  /** @param expiry in seconds since 1970 */
  record Verified(Claims claims, long expiry) {}

  private static final int CAPACITY = 10_000;

  private final Map<ByteBuffer, Verified> tokens = new LinkedHashMap<>(16, 0.75f, true) {
    private static final long serialVersionUID = 1L;

    @Override
    protected boolean removeEldestEntry(Map.Entry<ByteBuffer, Verified> eldest) {
      return size() > CAPACITY;
    }
  };

  /** Whether its time is over is for the caller to say. */
  Optional<Verified> find(String token) {
    var key = key(token);
    synchronized (tokens) {
      return Optional.ofNullable(tokens.get(key));
    }
  }

  void keep(String token, Verified verified) {
    var key = key(token);
    synchronized (tokens) {
      tokens.put(key, verified);
    }
  }

  private static ByteBuffer key(String token) {
    return ByteBuffer.wrap(Secrets.hash(token));
  }
}
