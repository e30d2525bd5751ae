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
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;

/**
 * Makes people straight in the database: a row, a session and its refresh token, and no password,
 * because to hash ten thousand of them would take the better part of an hour.
 */
public final class People {

  private static final String ADD_USER = """
    INSERT INTO app_user (id, name, display_name, department_id)
    SELECT n.id, n.name, n.name, d.id
    FROM unnest(?::uuid[], ?::text[]) AS n (id, name), department d WHERE d.parent_id IS NULL
    """;
  private static final String ADD_SESSION = """
    INSERT INTO user_session (id, user_id, expires_at, address)
    SELECT n.id, n.id, clock_timestamp() + interval '2 days', '127.0.0.1'
    FROM unnest(?::uuid[]) AS n (id)
    """;
  private static final String ADD_TOKEN = """
    INSERT INTO refresh_token (token_hash, session_id)
    SELECT n.hash, n.id FROM unnest(?::bytea[], ?::uuid[]) AS n (hash, id)
    """;

  private People() {}

  /** Adds so many. */
  public static List<Person> add(Connection database, int count) throws SQLException {
    SecureRandom random = new SecureRandom();
    byte[] tag = new byte[4];
    random.nextBytes(tag);
    String prefix = "stress-" + HexFormat.of().formatHex(tag) + "-";
    List<Person> people = new ArrayList<>();
    UUID[] ids = new UUID[count];
    String[] names = new String[count];
    byte[][] hashes = new byte[count][];
    for (int i = 0; i < count; i++) {
      byte[] bytes = new byte[32];
      random.nextBytes(bytes);
      String token = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
      ids[i] = UUID.randomUUID();
      names[i] = prefix + i;
      hashes[i] = sha256(token);
      people.add(new Person(ids[i], names[i], token));
    }
    database.setAutoCommit(false);
    run(database, ADD_USER, ids, names);
    run(database, ADD_SESSION, (Object) ids);
    run(database, ADD_TOKEN, hashes, ids);
    database.commit();
    database.setAutoCommit(true);
    return people;
  }

  private static void run(Connection database, String sql, Object... values) throws SQLException {
    try (PreparedStatement statement = database.prepareStatement(sql)) {
      for (int i = 0; i < values.length; i++) {
        String type = switch (values[i]) {
          case UUID[] _ -> "uuid";
          case String[] _ -> "text";
          default -> "bytea";
        };
        statement.setArray(i + 1, database.createArrayOf(type, (Object[]) values[i]));
      }
      statement.executeUpdate();
    }
  }

  private static byte[] sha256(String token) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
