package dev.atrium.hub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.hub.testing.Ports;
import dev.atrium.schema.testing.TestDatabase;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A hub in a process of its own that can't start: its exit code, and one sentence why. */
class HubProcessTest {

  private static TestDatabase keys;

  @TempDir
  Path folder;

  @BeforeAll
  static void makeKeys() {
    keys = TestDatabase.keys();
  }

  @AfterAll
  static void dropKeys() {
    keys.close();
  }

  private record End(int code, String said) {}

  private End run(Map<String, String> settings) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean()
      .getInputArguments()
      .stream()
      .filter(a -> a.startsWith("--") || a.startsWith("-Dhazelcast"))
      .forEach(command::add);
    command.addAll(
      List.of("-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"))
    );
    command.add(HubMain.class.getName());
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder
      .environment()
      .keySet()
      .removeIf(key -> key.startsWith("ATRIUM_"));
    builder.environment().putAll(settings);
    Path output = folder.resolve("output");
    Process hub = builder.redirectOutput(output.toFile()).start();
    try {
      assertThat(hub.waitFor(90, TimeUnit.SECONDS)).as("it ends").isTrue();
      return new End(hub.exitValue(), Files.readString(output, StandardCharsets.UTF_8));
    } finally {
      hub.destroyForcibly();
    }
  }

  private Map<String, String> settings(String database) throws IOException {
    Path key = folder.resolve("master.key");
    Files.writeString(key, Base64.getEncoder().encodeToString(new byte[32]));
    return new HashMap<>(
      Map.of(
        "ATRIUM_DATABASE_URL",
        database,
        "ATRIUM_KEYS_DATABASE_URL",
        keys.url().reveal(),
        "ATRIUM_MASTER_KEY_FILE",
        key.toString(),
        "ATRIUM_HTTP_PORT",
        Integer.toString(Ports.free()),
        "ATRIUM_CLUSTER_PORT",
        Integer.toString(Ports.free())
      )
    );
  }

  @Test
  void aPortThatIsTakenIsSeventyThree() throws Exception {
    try (
      TestDatabase database = TestDatabase.migrated();
      ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())
    ) {
      String port = Integer.toString(taken.getLocalPort());
      for (String key : List.of("ATRIUM_HTTP_PORT", "ATRIUM_CLUSTER_PORT")) {
        Map<String, String> settings = settings(database.url().reveal());
        settings.put(key, port);
        End end = run(settings);
        assertThat(end.code()).as(end.said()).isEqualTo(73);
        assertThat(end.said()).contains(key).contains("is taken by another process");
        assertThat(end.said()).doesNotContain("ready hub");
      }
    }
  }

  @Test
  void dataOfANewerVersionIsSeventyThreeAndLeftAlone() throws Exception {
    try (TestDatabase database = TestDatabase.migrated()) {
      database.execute(
        """
        INSERT INTO flyway_schema_history (installed_rank, version, description, type, script, checksum,
          installed_by, execution_time, success)
        VALUES (99, '999', 'future', 'SQL', 'V999__future.sql', 1, 'somebody', 1, true)"""
      );
      End end = run(settings(database.url().reveal()));
      assertThat(end.code()).as(end.said()).isEqualTo(73);
      assertThat(end.said()).contains("999");
      assertThat(database.value("SELECT count(*) FROM signing_key")).isEqualTo("0");
    }
  }

  @Test
  void aDatabaseThatIsNotThereIsSixtyNine() throws Exception {
    End end = run(settings("postgresql://me:sesame@127.0.0.1:" + Ports.free() + "/none"));
    assertThat(end.code()).as(end.said()).isEqualTo(69);
    assertThat(end.said()).contains("can't be reached").doesNotContain("sesame");
  }

  @Test
  void aSettingThatCantBeMeantIsSixtyFour() throws Exception {
    Map<String, String> settings = settings("postgresql://me:sesame@127.0.0.1:1/none");
    settings.put("ATRIUM_HTTP_PORT", "eighty");
    End end = run(settings);
    assertThat(end.code()).as(end.said()).isEqualTo(64);
    assertThat(end.said()).contains("ATRIUM_HTTP_PORT").doesNotContain("sesame");
  }
}
