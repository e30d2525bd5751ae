package dev.atrium.hub.testing;

import dev.atrium.hub.HubMain;
import dev.atrium.hub.auth.AuthConfig;
import dev.atrium.hub.config.HubConfig;
import dev.atrium.inference.api.cluster.Cluster;
import dev.atrium.inference.api.cluster.ClusterConfig;
import dev.atrium.policy.PasswordHasher;
import dev.atrium.schema.DatabaseUrl;
import dev.atrium.schema.testing.TestDatabase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A cluster in this JVM: hubs on a real PostgreSQL and scripted nodes, each a member of its own over
 * loopback TCP. The first administrator signs in with {@link #PASSWORD} once it was changed.
 */
public final class TestHub implements AutoCloseable {

  public static final String ONE_TIME = "one-time password";
  public static final String PASSWORD = "a password of their own";

  /** Real hashes, but quick ones: every test class signs in, and a usual one takes a second of a test's JVM. */
  private static final AuthConfig SIGN_IN = AuthConfig.defaults().withHashCost(
    new PasswordHasher.Cost(1_024, 1)
  );

  private final String name = "test-" + System.nanoTime();
  private final DatabaseUrl database;
  private final TestDatabase keys = TestDatabase.keys();
  private final Path masterKey;
  private final List<String> members = new ArrayList<>();
  private final List<AutoCloseable> parts = new ArrayList<>();

  /** One hub of the cluster. */
  public static final class Hub implements AutoCloseable {

    public final HubMain main;
    public final Vertx vertx;
    private boolean closed;

    Hub(HubMain main, Vertx vertx) {
      this.main = main;
      this.vertx = vertx;
    }

    public int port() {
      return URI.create(main.url()).getPort();
    }

    /** Leaves in order. */
    public void stop(Duration patience) throws Exception {
      closed = true;
      Waits.get(main.stop(patience));
      Waits.get(vertx.close());
    }

    /** Goes without a word: the rest of the cluster and the database learn nothing. */
    public void vanish() throws Exception {
      closed = true;
      Waits.get(vertx.close());
    }

    @Override
    public void close() throws Exception {
      if (!closed) {
        stop(Duration.ofMillis(100));
      }
    }
  }

  public TestHub(DatabaseUrl database) throws Exception {
    this.database = database;
    this.masterKey = Files.createTempFile("master", ".key");
    Files.writeString(masterKey, Base64.getEncoder().encodeToString(new byte[32]));
    modelsCostNothing();
  }

  /** Unless a test sets a price: what nobody has set one for can't be used. */
  private void modelsCostNothing() throws SQLException {
    try (
      var connection = DriverManager.getConnection(
        database.jdbc(),
        database.user(),
        database.password()
      );
      var statement = connection.createStatement()
    ) {
      statement.execute("UPDATE organisation SET free_models = true");
    }
  }

  public Hub hub(String hubId) throws Exception {
    return hub(hubId, Map.of());
  }

  /** A hub with further settings, or others than usual. */
  public Hub hub(String hubId, Map<String, String> settings) throws Exception {
    ClusterConfig cluster = member();
    Map<String, String> environment = new HashMap<>(
      Map.of(
        "ATRIUM_HUB_ID",
        hubId,
        "ATRIUM_HTTP_PORT",
        Integer.toString(Ports.free()),
        "ATRIUM_DATABASE_URL",
        database.reveal(),
        "ATRIUM_KEYS_DATABASE_URL",
        keys.url().reveal(),
        "ATRIUM_MASTER_KEY_FILE",
        masterKey.toString(),
        "ATRIUM_FIRST_ADMIN_PASSWORD",
        ONE_TIME
      )
    );
    environment.putAll(settings);
    HubConfig config = HubConfig.fromEnvironment(environment);
    Vertx vertx = Waits.get(
      Cluster.start(cluster, new VertxOptions().setPreferNativeTransport(true))
    );
    try {
      Hub hub = new Hub(Waits.get(HubMain.start(vertx, config, SIGN_IN)), vertx);
      parts.add(hub);
      return hub;
    } catch (Exception e) {
      Waits.get(vertx.close());
      throw e;
    }
  }

  public ScriptedNode node(String nodeId) throws Exception {
    return node(nodeId, "chat");
  }

  /** A node whose model is of this kind. */
  public ScriptedNode node(String nodeId, String kind) throws Exception {
    ScriptedNode node = ScriptedNode.join(nodeId, kind, member());
    parts.add(node);
    return node;
  }

  private ClusterConfig member() throws Exception {
    int port = Ports.free();
    members.add("127.0.0.1:" + port);
    return ClusterConfig.local(port, List.copyOf(members), name);
  }

  @Override
  public void close() throws Exception {
    for (AutoCloseable part : parts.reversed()) {
      part.close();
    }
    Files.deleteIfExists(masterKey);
    keys.close();
  }
}
