package dev.atrium.stress.check;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;

/** A question to the database about some ids. */
final class Query {

  /** Reads one row. */
  @FunctionalInterface
  interface Reader<T> {
    T read(ResultSet row) throws SQLException;
  }

  private Query() {}

  /** Each {@code ?} of the statement stands for all the ids. */
  static <T> List<T> run(Connection db, String sql, Collection<UUID> ids, Reader<T> reader)
    throws SQLException {
    try (PreparedStatement statement = db.prepareStatement(sql)) {
      int places = statement.getParameterMetaData().getParameterCount();
      for (int i = 1; i <= places; i++) {
        statement.setArray(i, db.createArrayOf("uuid", ids.toArray()));
      }
      List<T> rows = new ArrayList<>();
      try (ResultSet result = statement.executeQuery()) {
        while (result.next()) {
          rows.add(reader.read(result));
        }
      }
      return rows;
    }
  }
}
