package dev.atrium.stress.system;

import dev.atrium.schema.DatabaseUrl;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

/** A system that somebody started on a data folder: its addresses, its processes, its database. */
public final class RunningSystem {

  private final Path data;
  private SystemFile last;

  /**
   * @throws StressException if nothing runs there
   */
  public RunningSystem(Path runFile) {
    this.data = runFile.toAbsolutePath().getParent();
    this.last = SystemFile.read(runFile).orElseThrow(() ->
      new StressException(StressException.UNAVAILABLE, "Nothing runs there: " + runFile)
    );
    if (!last.address().startsWith("http://")) {
      throw new StressException(
        StressException.UNAVAILABLE,
        "The clients of this driver speak plain HTTP; the system is at " + last.address()
      );
    }
  }

  /** Who runs where now; the last known while the file is being replaced. */
  public synchronized SystemFile now() {
    last = SystemFile.read(data.resolve("run.json")).orElse(last);
    return last;
  }

  /** Where the logs of a member go. */
  public Path log(String member) {
    return data.resolve("logs").resolve(member + ".log");
  }

  /** The port shared by all hubs first, then each hub's own. */
  public List<String> addresses() {
    SystemFile file = now();
    List<String> all = new ArrayList<>(List.of(file.address()));
    file.hubs().forEach(hub -> all.add(hub.address()));
    return all;
  }

  /** A connection of its own to the database, which waits two minutes for an answer at most. */
  public Connection database() throws SQLException {
    DatabaseUrl url = databaseUrl();
    Properties properties = new Properties();
    properties.setProperty("user", url.user());
    properties.setProperty("password", url.password());
    properties.setProperty("connectTimeout", "10");
    properties.setProperty("socketTimeout", "120");
    return DriverManager.getConnection(url.jdbc(), properties);
  }

  private DatabaseUrl databaseUrl() {
    String given = System.getenv("ATRIUM_DATABASE_URL");
    if (given != null) {
      return DatabaseUrl.parse(given);
    }
    SystemFile.Database db = now().database();
    try {
      String base64 = Files.readString(data.resolve("keys/postgres.password")).trim();
      String password = base64.replace('+', '-').replace('/', '_');
      return new DatabaseUrl(db.host(), db.port(), db.name(), "atrium", password);
    } catch (IOException e) {
      throw new StressException(
        StressException.UNAVAILABLE,
        "The database's password can't be read: " + e.getMessage(),
        e
      );
    }
  }
}
