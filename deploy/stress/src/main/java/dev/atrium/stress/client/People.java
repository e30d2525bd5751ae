package dev.atrium.stress.client;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Makes people straight in the database: a row, a session, and no password, because to hash ten
 * thousand of them would take the better part of an hour.
 */
public final class People {

  private static final String ADD_USER = """
    INSERT INTO app_user (id, name, display_name, department_id)
    SELECT n.id, n.name, n.name, d.id
    FROM unnest(?::uuid[], ?::text[]) AS n (id, name), department d WHERE d.parent_id IS NULL
    """;

  private People() {}

  /** Adds so many. */
  public static List<Person> add(Connection database, int count) throws SQLException {
    String prefix =
      "stress-" + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt()) + "-";
    List<UUID> ids = new ArrayList<>();
    List<String> names = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ids.add(UUID.randomUUID());
      names.add(prefix + i);
    }
    database.setAutoCommit(false);
    try (PreparedStatement users = database.prepareStatement(ADD_USER)) {
      users.setArray(1, database.createArrayOf("uuid", ids.toArray()));
      users.setArray(2, database.createArrayOf("text", names.toArray()));
      users.executeUpdate();
    }
    List<String> tokens = Sessions.open(database, ids);
    database.commit();
    database.setAutoCommit(true);
    List<Person> people = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      people.add(new Person(ids.get(i), names.get(i), tokens.get(i)));
    }
    return people;
  }
}
