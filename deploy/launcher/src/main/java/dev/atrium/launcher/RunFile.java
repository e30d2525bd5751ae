package dev.atrium.launcher;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * {@code run.json}: what runs right now. It appears, whole, once chat is ready, follows restarts, and
 * is gone after an orderly stop. It holds no password.
 *
 * @param certificate what the hubs show when they speak TLS
 * @param readyMillis from the start of the launcher until chat was ready
 * @param launcher the launcher's own process
 */
record RunFile(
  String version,
  String address,
  Optional<Path> certificate,
  String startedAt,
  long readyMillis,
  Running launcher,
  Database database,
  List<Running> hubs,
  List<Running> nodes
) {
  /**
   * One process.
   *
   * @param pid 0 while it is down
   * @param startedMillis when that process began, by the system's clock
   * @param address the process's own HTTP address; empty if it has none
   */
  record Running(String id, long pid, long startedMillis, String address, List<String> models) {
    PidFiles.Seen seen() {
      return new PidFiles.Seen(id, pid, startedMillis);
    }

    private JsonObject toJson() {
      JsonObject json = new JsonObject()
        .put("id", id)
        .put("pid", pid)
        .put("startedMillis", startedMillis);
      if (!address.isEmpty()) {
        json.put("address", address);
      }
      if (!models.isEmpty()) {
        json.put("models", new JsonArray(models));
      }
      return json;
    }

    private static Running fromJson(JsonObject json) {
      List<String> models = new ArrayList<>();
      json.getJsonArray("models", new JsonArray()).forEach(m -> models.add(m.toString()));
      return new Running(
        json.getString("id"),
        json.getLong("pid"),
        json.getLong("startedMillis", 0L),
        json.getString("address", ""),
        models
      );
    }
  }

  /** The database in use; {@code process} is empty for one that the launcher does not run. */
  record Database(String kind, String host, int port, String name, Optional<Running> process) {}

  /** Writes the file in one step, readable by its owner only. */
  void write(Path file) {
    JsonObject db = new JsonObject()
      .put("kind", database.kind())
      .put("host", database.host())
      .put("port", database.port())
      .put("name", database.name());
    database
      .process()
      .ifPresent(p -> db.put("pid", p.pid()).put("startedMillis", p.startedMillis()));
    JsonObject json = new JsonObject()
      .put("version", version)
      .put("address", address)
      .put("startedAt", startedAt)
      .put("readyMillis", readyMillis)
      .put("launcher", launcher.toJson())
      .put("database", db)
      .put("hubs", array(hubs))
      .put("nodes", array(nodes));
    certificate.ifPresent(pem -> json.put("certificate", pem.toString()));
    try {
      DataFolder.writePrivately(file, json.encodePrettily() + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What the file says; empty if there is none. */
  static Optional<RunFile> read(Path file) {
    try {
      JsonObject json = new JsonObject(Files.readString(file));
      JsonObject db = json.getJsonObject("database");
      Optional<Running> process = db.containsKey("pid")
        ? Optional.of(Running.fromJson(db.copy().put("id", PostgresServer.NAME)))
        : Optional.empty();
      return Optional.of(
        new RunFile(
          json.getString("version"),
          json.getString("address"),
          Optional.ofNullable(json.getString("certificate")).map(Path::of),
          json.getString("startedAt"),
          json.getLong("readyMillis"),
          Running.fromJson(json.getJsonObject("launcher")),
          new Database(
            db.getString("kind"),
            db.getString("host"),
            db.getInteger("port"),
            db.getString("name"),
            process
          ),
          list(json.getJsonArray("hubs")),
          list(json.getJsonArray("nodes"))
        )
      );
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (DecodeException | NullPointerException | ClassCastException e) {
      throw new LauncherException(LauncherException.FAILED, file + " is damaged; delete it.", e);
    }
  }

  private static JsonArray array(List<Running> running) {
    JsonArray array = new JsonArray();
    running.forEach(r -> array.add(r.toJson()));
    return array;
  }

  private static List<Running> list(JsonArray array) {
    return array
      .stream()
      .map(o -> Running.fromJson((JsonObject) o))
      .toList();
  }
}
