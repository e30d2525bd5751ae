package dev.atrium.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.atrium.hub.config.HubConfig;
import dev.atrium.hub.testing.Ports;
import dev.atrium.hub.testing.Waits;
import dev.atrium.inference.api.cluster.Cluster;
import dev.atrium.inference.api.cluster.ClusterConfig;
import dev.atrium.schema.testing.TestDatabase;
import io.vertx.core.Vertx;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A hub that can't start, in a process that goes on. */
class HubStartTest {

  private static final String CONNECTIONS =
    "SELECT count(*) FROM pg_stat_activity" +
    " WHERE datname = current_database() AND application_name = 'atrium-hub'";

  @TempDir
  Path folder;

  @Test
  void whatHadBegunHasEndedWhenAPortIsTaken() throws Exception {
    Vertx vertx = Waits.get(
      Cluster.start(ClusterConfig.local(Ports.free(), List.of(), "test-" + System.nanoTime()))
    );
    try (
      TestDatabase database = TestDatabase.migrated();
      TestDatabase keys = TestDatabase.keys();
      ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())
    ) {
      HubConfig config = config(database, keys, taken.getLocalPort());
      assertThatThrownBy(() -> Waits.get(HubMain.start(vertx, config))).hasMessageContaining(
        "in use"
      );
      assertThat(vertx.deploymentIDs()).isEmpty();
      assertThat(database.value("SELECT count(*) FROM hub_lease")).isEqualTo("0");
      Waits.until("its connections are closed", () -> database.value(CONNECTIONS).equals("0"));
    } finally {
      Waits.get(vertx.close());
    }
  }

  private HubConfig config(TestDatabase database, TestDatabase keys, int port) throws Exception {
    Path key = folder.resolve("master.key");
    Files.writeString(key, Base64.getEncoder().encodeToString(new byte[32]));
    return HubConfig.fromEnvironment(
      Map.of(
        "ATRIUM_HUB_ID",
        "hub-a",
        "ATRIUM_HTTP_PORT",
        Integer.toString(port),
        "ATRIUM_DATABASE_URL",
        database.url().reveal(),
        "ATRIUM_KEYS_DATABASE_URL",
        keys.url().reveal(),
        "ATRIUM_MASTER_KEY_FILE",
        key.toString()
      )
    );
  }
}
