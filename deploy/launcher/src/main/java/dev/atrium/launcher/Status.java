package dev.atrium.launcher;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What runs on a data folder, seen from outside: from {@code run.json}, the system and the hubs. */
final class Status {

  /** One line of the table. */
  private record Row(String id, String state, long pid, long startedMillis, String address) {}

  private Status() {}

  /** Prints; returns 0 when chat is ready and 1 when it is not. */
  static int run(Path data, boolean json, Console console) {
    Optional<RunFile> run = RunFile.read(DataFolder.runFile(data));
    boolean launcherAlive = DataFolder.lockHolder(data).flatMap(PidFiles.Seen::handle).isPresent();
    List<Row> rows = run.map(Status::rows).orElse(List.of());
    boolean ready =
      launcherAlive && !rows.isEmpty() && rows.stream().allMatch(r -> r.state().equals("ready"));
    String word = ready
      ? "ready"
      : run.isEmpty()
        ? (launcherAlive ? "starting" : "stopped")
        : (launcherAlive ? "degraded" : "left behind by a launcher that was killed");
    if (json) {
      console.say(toJson(data, word, run, rows).encodePrettily());
    } else {
      print(data, word, run, rows, console);
    }
    return ready ? 0 : LauncherException.FAILED;
  }

  private static List<Row> rows(RunFile run) {
    List<Row> rows = new ArrayList<>();
    run
      .database()
      .process()
      .ifPresent(p -> rows.add(row(p, "127.0.0.1:" + run.database().port(), alive(p))));
    run.nodes().forEach(node -> rows.add(row(node, "", alive(node))));
    try (Health health = new Health(run.certificate())) {
      for (RunFile.Running hub : run.hubs()) {
        String state = alive(hub);
        if (state.equals("ready")) {
          Health.Answer answer = health.ask(hub.address());
          state = answer.ready() ? "ready" : "not ready: " + answer.detail();
        }
        rows.add(row(hub, hub.address(), state));
      }
    }
    return rows;
  }

  private static String alive(RunFile.Running running) {
    return running.seen().handle().isPresent() ? "ready" : "down";
  }

  private static Row row(RunFile.Running running, String address, String state) {
    return new Row(running.id(), state, running.pid(), running.startedMillis(), address);
  }

  private static JsonObject toJson(Path data, String word, Optional<RunFile> run, List<Row> rows) {
    JsonArray processes = new JsonArray();
    for (Row row : rows) {
      processes.add(
        new JsonObject()
          .put("id", row.id())
          .put("state", row.state())
          .put("pid", row.pid())
          .put("address", row.address())
      );
    }
    return new JsonObject()
      .put("state", word)
      .put("data", data.toString())
      .put("address", run.map(RunFile::address).orElse(null))
      .put("version", run.map(RunFile::version).orElse(null))
      .put("processes", processes);
  }

  private static void print(
    Path data,
    String word,
    Optional<RunFile> run,
    List<Row> rows,
    Console console
  ) {
    console.say("Atrium on " + data + ": " + word);
    run.ifPresent(r -> console.say("Address: " + r.address()));
    if (rows.isEmpty()) {
      return;
    }
    console.say(line("process", "pid", "up for", "address", "state"));
    for (Row row : rows) {
      console.say(
        line(
          row.id(),
          Long.toString(row.pid()),
          age(row.startedMillis()),
          row.address(),
          row.state()
        )
      );
    }
  }

  private static String line(String id, String pid, String age, String address, String state) {
    return String.format(Locale.ROOT, "  %-10s %8s %10s  %-28s %s", id, pid, age, address, state);
  }

  private static String age(long startedMillis) {
    if (startedMillis == 0) {
      return "-";
    }
    Duration age = Duration.ofMillis(Math.max(0, System.currentTimeMillis() - startedMillis));
    return age.toHours() > 0
      ? "%d h %d min".formatted(age.toHours(), age.toMinutesPart())
      : "%d min %d s".formatted(age.toMinutes(), age.toSecondsPart());
  }
}
