package dev.atrium.stress.system;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What the launcher's {@code run.json} says right now. The launcher writes it again whenever a process
 * died or was started.
 *
 * @param address the port that all hubs share
 */
public record SystemFile(String address, Database database, List<Member> hubs, List<Member> nodes) {
  /** One process; {@code pid} is 0 while it is down, {@code address} is empty for a node. */
  public record Member(String id, long pid, String address) {}

  /** The database; {@code pid} is 0 if it is down or not the launcher's. */
  public record Database(String host, int port, String name, long pid) {}

  /** Reads the file; empty if it is not there, which is so before the system is ready. */
  public static Optional<SystemFile> read(Path file) {
    try {
      JsonObject json = new JsonObject(Files.readString(file));
      JsonObject db = json.getJsonObject("database");
      return Optional.of(
        new SystemFile(
          json.getString("address"),
          new Database(
            db.getString("host"),
            db.getInteger("port"),
            db.getString("name"),
            db.getLong("pid", 0L)
          ),
          members(json.getJsonArray("hubs")),
          members(json.getJsonArray("nodes"))
        )
      );
    } catch (IOException | DecodeException _) {
      return Optional.empty();
    }
  }

  private static List<Member> members(JsonArray array) {
    return array
      .stream()
      .map(JsonObject.class::cast)
      .map(m -> new Member(m.getString("id"), m.getLong("pid"), m.getString("address", "")))
      .toList();
  }
}
