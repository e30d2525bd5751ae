package dev.atrium.stress.client;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.UUID;

/**
 * Opens sessions straight in the database, as signing in does, and without a password that a hub would
 * have to hash.
 */
final class Sessions {

  private static final SecureRandom RANDOM = new SecureRandom();
  private static final String ADD_SESSION = """
    INSERT INTO user_session (id, user_id, expires_at, address)
    SELECT n.id, n.user_id, clock_timestamp() + interval '2 days', '127.0.0.1'
    FROM unnest(?::uuid[], ?::uuid[]) AS n (id, user_id)
    """;
  private static final String ADD_TOKEN = """
    INSERT INTO refresh_token (token_hash, session_id)
    SELECT n.hash, n.id FROM unnest(?::bytea[], ?::uuid[]) AS n (hash, id)
    """;

  private Sessions() {}

  /** One for each of these users; returns their refresh tokens in the same order. */
  static List<String> open(Connection database, List<UUID> users) throws SQLException {
    List<String> tokens = new ArrayList<>();
    UUID[] ids = new UUID[users.size()];
    byte[][] hashes = new byte[users.size()][];
    for (int i = 0; i < ids.length; i++) {
      byte[] bytes = new byte[32];
      RANDOM.nextBytes(bytes);
      tokens.add(Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
      ids[i] = UUID.randomUUID();
      hashes[i] = sha256(tokens.getLast());
    }
    try (
      PreparedStatement sessions = database.prepareStatement(ADD_SESSION);
      PreparedStatement refreshTokens = database.prepareStatement(ADD_TOKEN)
    ) {
      sessions.setArray(1, database.createArrayOf("uuid", ids));
      sessions.setArray(2, database.createArrayOf("uuid", users.toArray()));
      sessions.executeUpdate();
      refreshTokens.setArray(1, database.createArrayOf("bytea", hashes));
      refreshTokens.setArray(2, database.createArrayOf("uuid", ids));
      refreshTokens.executeUpdate();
    }
    return tokens;
  }

  private static byte[] sha256(String token) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
