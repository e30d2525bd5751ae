package dev.atrium.schema;

import java.sql.SQLException;

/** No connection to the database: wrong address, server down, or sign-in refused. */
public final class DatabaseUnreachableException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  DatabaseUnreachableException(DatabaseUrl url, SQLException cause) {
    super("the database at " + url + " can't be reached: " + cause.getMessage(), cause);
  }
}
