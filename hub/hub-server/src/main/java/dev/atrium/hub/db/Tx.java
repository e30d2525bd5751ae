package dev.atrium.hub.db;

import io.vertx.sqlclient.SqlConnection;

/**
 * One transaction, handed from room to room so that what they do stands or falls together. Valid
 * only until the future of the function that received it is complete.
 */
public final class Tx {

  private final SqlConnection sql;

  Tx(SqlConnection sql) {
    this.sql = sql;
  }

  /** The connection. For {@code Pg*} classes only, which an architecture test enforces. */
  public SqlConnection sql() {
    return sql;
  }
}
