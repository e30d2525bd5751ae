package dev.atrium.admin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * One command's transaction: what it changes and the records of it stand or fall together. Rows are
 * maps from the name of a column to its value; a column that is NULL is no key.
 */
final class Work implements AutoCloseable {

  private static final ObjectMapper JSON = new ObjectMapper();
  private final Connection connection;

  private Work(Connection connection) {
    this.connection = connection;
  }

  static Work begin(Connection connection) throws SQLException {
    connection.setAutoCommit(false);
    return new Work(connection);
  }

  /** All rows. */
  List<Map<String, Object>> rows(String sql, Object... values) throws SQLException {
    try (PreparedStatement statement = prepare(sql, values); var rows = statement.executeQuery()) {
      List<Map<String, Object>> all = new ArrayList<>();
      while (rows.next()) {
        all.add(row(rows));
      }
      return all;
    }
  }

  /** The first row, if there is one. */
  Optional<Map<String, Object>> row(String sql, Object... values) throws SQLException {
    return rows(sql, values).stream().findFirst();
  }

  /** Changes something; how many rows. */
  int change(String sql, Object... values) throws SQLException {
    try (PreparedStatement statement = prepare(sql, values)) {
      return statement.executeUpdate();
    }
  }

  private PreparedStatement prepare(String sql, Object... values) throws SQLException {
    PreparedStatement statement = connection.prepareStatement(sql);
    for (int i = 0; i < values.length; i++) {
      statement.setObject(i + 1, values[i]);
    }
    return statement;
  }

  private static Map<String, Object> row(ResultSet rows) throws SQLException {
    Map<String, Object> row = new LinkedHashMap<>();
    for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
      Object value = rows.getObject(i);
      if (value != null) {
        row.put(rows.getMetaData().getColumnLabel(i), plain(value));
      }
    }
    return row;
  }

  private static Object plain(Object value) {
    return switch (value) {
      case Timestamp at -> at.toInstant().toString();
      case UUID id -> id;
      case Number n -> n;
      case Boolean b -> b;
      default -> value.toString();
    };
  }

  /**
   * Adds an audit record with what was and what is now; either is empty where there is nothing. Names
   * of people don't belong there, only their ids: a record stays for ever. The actor is whoever may
   * reach the database as its operator, by the name of the account on this machine.
   */
  void record(
    String action,
    String targetKind,
    Object targetId,
    Map<String, Object> before,
    Map<String, Object> after
  ) throws SQLException {
    append(action, targetKind, targetId, details(before, after), null, Map.of());
  }

  /** Adds an audit record about a user; what is personal can be erased from it with the user. */
  void recordOf(
    String action,
    Object userId,
    Map<String, Object> before,
    Map<String, Object> after,
    Map<String, Object> personal
  ) throws SQLException {
    append(action, "user", userId, details(before, after), userId, personal);
  }

  private void append(
    String action,
    String targetKind,
    Object targetId,
    Map<String, Object> details,
    Object about,
    Map<String, Object> personal
  ) throws SQLException {
    rows(
      """
      SELECT audit_append(NULL, ?, ?, ?, ?, 'ok', NULL, NULL, ?::jsonb, NULL, ?::uuid, ?::jsonb)""",
      "operator:" + System.getProperty("user.name"),
      action,
      targetKind,
      targetId.toString(),
      json(details),
      about,
      json(personal)
    );
  }

  private static Map<String, Object> details(
    Map<String, Object> before,
    Map<String, Object> after
  ) {
    Map<String, Object> details = new LinkedHashMap<>();
    if (!before.isEmpty()) {
      details.put("before", before);
    }
    if (!after.isEmpty()) {
      details.put("after", after);
    }
    return details;
  }

  static String json(Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /** One field of an object in JSON, as text; an object in it stays JSON. */
  static String field(String json, String name) {
    try {
      JsonNode value = JSON.readTree(json).path(name);
      return value.isValueNode() ? value.asText() : value.toString();
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The bytes in the one column of the one row. */
  byte[] bytes(String sql, Object... values) throws SQLException {
    try (PreparedStatement statement = prepare(sql, values); var rows = statement.executeQuery()) {
      if (!rows.next()) {
        throw new AdminException(AdminException.FAILED, "A part of the result is missing.");
      }
      return rows.getBytes(1);
    }
  }

  /** Commits, and then runs what can't be in a transaction. */
  void outside(String sql) throws SQLException {
    connection.commit();
    connection.setAutoCommit(true);
    try (var statement = connection.createStatement()) {
      statement.execute(sql);
    } finally {
      connection.setAutoCommit(false);
    }
  }

  void commit() throws SQLException {
    connection.commit();
  }

  /** What was not committed is undone. */
  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
