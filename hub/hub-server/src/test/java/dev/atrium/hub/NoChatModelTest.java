package dev.atrium.hub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.hub.testing.TestClient;
import dev.atrium.hub.testing.TestHub;
import dev.atrium.hub.testing.Waits;
import dev.atrium.schema.testing.TestDatabase;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;

/** A hub that hears a node whose model can't chat. */
class NoChatModelTest {

  @Test
  void healthSaysWhoRunsWhat() throws Exception {
    Vertx browser = Vertx.vertx();
    try (
      TestDatabase database = TestDatabase.migrated();
      TestHub cluster = new TestHub(database.url())
    ) {
      TestHub.Hub hub = cluster.hub("hub-a");
      TestClient client = new TestClient(browser, hub.port());
      assertThat(client.get("/health/ready").getString("why")).isEqualTo("no node is heard");
      cluster.node("node-1", "complete");
      Waits.until("the node is heard", () ->
        health(client)
          .getString("why", "")
          .equals("node-1 runs scripted, which has no chat template")
      );
      assertThat(health(client).getBoolean("ready")).isFalse();
    } finally {
      Waits.get(browser.close());
    }
  }

  private static JsonObject health(TestClient client) {
    try {
      return client.get("/health/ready");
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
