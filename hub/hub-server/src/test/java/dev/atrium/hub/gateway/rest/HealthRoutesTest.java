package dev.atrium.hub.gateway.rest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.api.ModelView;
import dev.atrium.hub.testing.HubData;
import dev.atrium.hub.testing.Waits;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.client.WebClient;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class HealthRoutesTest {

  private static final ModelView CHAT = new ModelView(
    "starter",
    "Starter",
    new ModelView.Text("", ""),
    1_024,
    true,
    true
  );
  private static final HeardEngine STORIES = new HeardEngine("node-1", "stories260k", "complete");

  private static HubData data;
  private static HttpServer server;
  private static volatile List<ModelView> models = List.of();
  private static volatile List<HeardEngine> engines = List.of();

  @BeforeAll
  static void start() throws Exception {
    data = new HubData();
    Router router = Router.router(data.vertx);
    new HealthRoutes("hub-1", data.db, () -> models, () -> engines).add(router);
    server = Waits.get(data.vertx.createHttpServer().requestHandler(router).listen(0, "127.0.0.1"));
  }

  @AfterAll
  static void stop() {
    data.close();
  }

  private static JsonObject ready(int status) throws Exception {
    WebClient client = WebClient.create(data.vertx);
    var response = Waits.get(client.get(server.actualPort(), "127.0.0.1", "/health/ready").send());
    client.close();
    assertThat(response.statusCode()).isEqualTo(status);
    return response.bodyAsJsonObject();
  }

  @Test
  void isReadyOnceAModelForChatIsThere() throws Exception {
    models = List.of(CHAT);
    engines = List.of(STORIES, new HeardEngine("node-2", "starter", "chat"));
    JsonObject body = ready(200);
    assertThat(body.getBoolean("ready")).isTrue();
    assertThat(body.fieldNames()).as("no more than is asked").doesNotContain("engines", "why");
  }

  @Test
  void saysThatNoNodeIsHeard() throws Exception {
    models = List.of();
    engines = List.of();
    assertThat(ready(503).getString("why")).isEqualTo("no node is heard");
  }

  @Test
  void saysWhoRunsWhatCantChat() throws Exception {
    models = List.of();
    engines = List.of(STORIES, new HeardEngine("node-2", "ranker", "rerank"));
    JsonObject body = ready(503);
    assertThat(body.getBoolean("database")).isTrue();
    assertThat(body.getBoolean("model")).isFalse();
    assertThat(body.getString("why")).isEqualTo(
      "node-1 runs stories260k, which has no chat template; " +
      "node-2 runs ranker, which is for rerank and can't chat"
    );
    assertThat(body.getJsonArray("engines").getJsonObject(0)).isEqualTo(
      new JsonObject("{\"node\":\"node-1\",\"model\":\"stories260k\",\"kind\":\"complete\"}")
    );
  }
}
