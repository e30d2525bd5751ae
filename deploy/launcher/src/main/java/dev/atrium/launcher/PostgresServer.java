package dev.atrium.launcher;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The embedded PostgreSQL: a real server whose data stays in the data folder. It listens on loopback
 * only and asks for a password. PostgreSQL refuses to run as root; root therefore starts it inside a
 * user namespace ({@code unshare -U}), where the files keep their owner.
 */
final class PostgresServer {

  static final String NAME = "postgres";

  /** The name of the role and of the database. */
  static final String ATRIUM = "atrium";

  /** The name of the database of the personal keys. */
  static final String KEYS = "atrium_keys";

  private static final int MAJOR = 18;
  private static final String READY = "LOG:  database system is ready to accept connections";

  private final Path data;
  private final Path programs;
  private final int port;
  private final boolean isNew;

  private PostgresServer(Path data, Path programs, int port) {
    this.data = data;
    this.programs = programs;
    this.port = port;
    this.isNew = Files.notExists(data);
  }

  /**
   * Finds the programs, stops what an earlier, killed launcher left running on these files, and
   * creates the database cluster if there is none.
   *
   * @param built where the build has unpacked the programs, if it has
   */
  static PostgresServer prepare(Path built, DataFolder folder, Ports ports) {
    Path data = folder.postgres();
    try {
      requireSameMajor(data);
      Path programs = PostgresBinaries.bin(built, folder.path().resolve("postgres-programs"));
      stopOrphan(data);
      // The same port as last time where it is free, so that tools keep their settings.
      Path portFile = folder.path().resolve("postgres.port");
      int last = Files.exists(portFile) ? parsePort(Files.readString(portFile)) : 0;
      PostgresServer server = new PostgresServer(data, programs, ports.freePreferring(last));
      Files.writeString(portFile, server.port + "\n");
      if (server.isNew) {
        server.initialise(folder);
      }
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  int port() {
    return port;
  }

  /** Whether this start created the database. */
  boolean isNew() {
    return isNew;
  }

  /** Flushes what {@code initdb} wrote to the disk; takes seconds, and may run while the server does. */
  void flushFirstFiles() {
    List<String> command = new ArrayList<>(asOrdinaryUser());
    command.add(programs.resolve("initdb").toString());
    command.addAll(List.of("--sync-only", "-D", data.toString()));
    try {
      runToEnd(command);
    } catch (IOException e) {
      // The server's own checkpoints flush whatever is written from now on.
    }
  }

  ProcessSpec spec() {
    List<String> command = new ArrayList<>(asOrdinaryUser());
    command.addAll(List.of(programs.resolve("postgres").toString(), "-D", data.toString()));
    Map<String, String> settings = Map.of(
      "port",
      Integer.toString(port),
      "listen_addresses",
      "127.0.0.1",
      "unix_socket_directories",
      "",
      "max_connections",
      "200",
      "log_line_prefix",
      "",
      "logging_collector",
      "off"
    );
    settings.forEach((key, value) -> command.addAll(List.of("-c", key + "=" + value)));
    return new ProcessSpec(
      NAME,
      command,
      Map.of("LC_ALL", "C"),
      READY,
      "INT",
      Duration.ofSeconds(15),
      data.getParent()
    );
  }

  private void initialise(DataFolder folder) throws IOException {
    // In a folder of another name first: an initdb that was cut short never looks finished.
    Path fresh = data.resolveSibling("postgres.new");
    deleteTree(fresh);
    Path password = folder.path().resolve("postgres.init");
    DataFolder.writePrivately(password, folder.databasePassword() + "\n");
    List<String> command = new ArrayList<>(asOrdinaryUser());
    command.add(programs.resolve("initdb").toString());
    command.addAll(List.of("-D", fresh.toString(), "-U", ATRIUM, "--pwfile", password.toString()));
    command.addAll(List.of("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"));
    command.addAll(List.of("--locale-provider=builtin", "--builtin-locale=C.UTF-8"));
    // Flushing a thousand files keeps the first start waiting for seconds: flushFirstFiles does it later.
    command.add("--no-sync");
    String output = runToEnd(command);
    Files.deleteIfExists(password);
    if (!output.isEmpty()) {
      throw new LauncherException(
        LauncherException.FAILED,
        "PostgreSQL's database can't be created in " + data + ":\n" + output
      );
    }
    Files.move(fresh, data);
  }

  /** Output of a failed command; empty when it went well. */
  private static String runToEnd(List<String> command) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("LC_ALL", "C");
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (process.waitFor(60, TimeUnit.SECONDS)) {
        return process.exitValue() == 0 ? "" : output.strip();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    process.destroyForcibly();
    return "no end after 60 s";
  }

  private static List<String> asOrdinaryUser() {
    String unshare = Tether.program("unshare").orElse("");
    try {
      if (!Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"))) {
        return List.of();
      }
      if (!unshare.isEmpty() && runToEnd(List.of(unshare, "-U", "true")).isEmpty()) {
        return List.of(unshare, "-U");
      }
    } catch (IOException e) {
      // Said below.
    }
    throw new LauncherException(
      LauncherException.UNAVAILABLE,
      "PostgreSQL refuses to run as root, and this machine allows no user namespace (unshare -U). " +
      "Run as an ordinary user, or set ATRIUM_DATABASE_URL to use a server of your own."
    );
  }

  private static void requireSameMajor(Path data) throws IOException {
    Path versionFile = data.resolve("PG_VERSION");
    if (Files.notExists(versionFile)) {
      return;
    }
    String found = Files.readString(versionFile).trim();
    if (!found.equals(Integer.toString(MAJOR))) {
      throw new LauncherException(
        LauncherException.CONFLICT,
        "The database in %s was made by PostgreSQL %s; this version of Atrium brings PostgreSQL %d.".formatted(
          data,
          found,
          MAJOR
        )
      );
    }
  }

  /**
   * A postmaster that outlived its launcher holds the files. Its lock file names it; whoever else has
   * that process id by now must not be touched, and PostgreSQL must not mistake it for a postmaster.
   */
  private static void stopOrphan(Path data) throws IOException {
    Path lock = data.resolve("postmaster.pid");
    if (Files.notExists(lock)) {
      return;
    }
    long pid = Long.parseLong(Files.readAllLines(lock).getFirst().trim());
    Optional<ProcessHandle> orphan = ProcessHandle.of(pid).filter(p -> serves(p, data));
    if (orphan.isPresent()) {
      for (String signal : List.of("INT", "QUIT", "KILL")) {
        Child.signal(pid, signal);
        if (goneWithin(orphan.get(), Duration.ofSeconds(10))) {
          break;
        }
      }
    }
    Files.deleteIfExists(lock);
  }

  private static boolean serves(ProcessHandle process, Path data) {
    try {
      // ProcessHandle.Info hides the arguments of processes in other namespaces; /proc does not.
      String line = Files.readString(Path.of("/proc", Long.toString(process.pid()), "cmdline"));
      return line.contains("postgres\0-D\0" + data + "\0");
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean goneWithin(ProcessHandle process, Duration limit) {
    long end = System.nanoTime() + limit.toNanos();
    while (process.isAlive()) {
      if (System.nanoTime() > end) {
        return false;
      }
      Pause.millis(20);
    }
    return true;
  }

  private static int parsePort(String text) {
    try {
      return Integer.parseInt(text.trim());
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  private static void deleteTree(Path root) throws IOException {
    if (Files.notExists(root)) {
      return;
    }
    try (var tree = Files.walk(root)) {
      for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
