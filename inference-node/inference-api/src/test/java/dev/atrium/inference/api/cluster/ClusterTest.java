package dev.atrium.inference.api.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.hazelcast.core.HazelcastInstance;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.json.JsonObject;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real Hazelcast members in one JVM. */
class ClusterTest {

  private final String name = "test-" + UUID.randomUUID();
  private final List<Vertx> started = new ArrayList<>();

  @AfterEach
  void leave() throws Exception {
    for (Vertx vertx : started) {
      vertx.close().await(20, TimeUnit.SECONDS);
    }
  }

  @Test
  void twoMembersAnswerEachOther() throws Exception {
    List<Integer> ports = freePorts(2);
    List<Vertx> members = start(plain(ports.get(0), ports), plain(ports.get(1), ports));
    assertThat(ask(members)).isEqualTo("heard");
  }

  @Test
  void mutualTlsCarriesMessagesBetweenMembersOfOneAuthority(@TempDir Path dir) throws Exception {
    Pem pem = Pem.create(dir, "a");
    List<Integer> ports = freePorts(2);
    List<Vertx> members = start(
      secured(ports.get(0), ports, pem.tls("one")),
      secured(ports.get(1), ports, pem.tls("two"))
    );
    assertThat(ask(members)).isEqualTo("heard");
  }

  @Test
  void mutualTlsKeepsAMemberOfAnotherAuthorityOut(@TempDir Path dir) throws Exception {
    List<Integer> ports = freePorts(2);
    List<Vertx> members = start(
      secured(ports.get(0), ports, Pem.create(dir, "a").tls("one")),
      secured(ports.get(1), ports, Pem.create(dir, "b").tls("two"))
    );
    assertThatThrownBy(() -> ask(members)).isNotNull();
  }

  @Test
  void saysThatItsPortIsTakenAndTakesNoOther() throws Exception {
    int port = freePorts(1).get(0);
    try (ServerSocket _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      assertThatThrownBy(() -> start(plain(port, List.of(port)))).satisfies(e ->
        assertThat(Cluster.portTaken(e)).isTrue()
      );
    }
  }

  @Test
  void saysThatItIsNoMemberAnyMoreThoughItDidNotLeave() throws Exception {
    List<Integer> ports = freePorts(2);
    List<Vertx> members = start(plain(ports.get(0), ports), plain(ports.get(1), ports));
    BlockingQueue<String> ended = new LinkedBlockingQueue<>();
    Cluster.onEnded(members.get(0), () -> ended.add("the first"));
    Cluster.onEnded(members.get(1), () -> ended.add("the second"));
    hazelcast(members.get(0)).getLifecycleService().terminate();
    assertThat(ended.poll(10, TimeUnit.SECONDS)).isEqualTo("the first");
    members.get(1).close().await(20, TimeUnit.SECONDS);
    assertThat(ended).isEmpty();
  }

  private static HazelcastInstance hazelcast(Vertx vertx) {
    return (
      (HazelcastClusterManager) ((VertxInternal) vertx).clusterManager()
    ).getHazelcastInstance();
  }

  @Test
  void readsTheEnvironmentAndHasDefaultsForOneMachine() {
    assertThat(ClusterConfig.fromEnvironment(Map.of())).isEqualTo(
      ClusterConfig.local(5701, List.of(), "atrium")
    );
    ClusterConfig config = ClusterConfig.fromEnvironment(
      Map.of(
        "ATRIUM_CLUSTER_HOST",
        "10.0.0.7",
        "ATRIUM_CLUSTER_PORT",
        "5801",
        "ATRIUM_CLUSTER_MEMBERS",
        "10.0.0.7:5801, hub.internal:5701,",
        "ATRIUM_CLUSTER_NAME",
        "x"
      )
    );
    assertThat(config.members()).containsExactly("10.0.0.7:5801", "hub.internal:5701");
    assertThat(config.busHost()).isEqualTo("10.0.0.7");
    assertThat(config.advertised()).isEqualTo(ClusterConfig.Advertised.AS_BOUND);
  }

  @Test
  void readsWhereTheOthersReachThisMember() {
    ClusterConfig config = ClusterConfig.fromEnvironment(
      Map.of(
        "ATRIUM_CLUSTER_PUBLIC_ADDRESS",
        "hub-1.example:31701",
        "ATRIUM_BUS_PUBLIC_HOST",
        "hub-1.example",
        "ATRIUM_BUS_PUBLIC_PORT",
        "31800"
      )
    );
    assertThat(config.advertised()).isEqualTo(
      new ClusterConfig.Advertised(
        Optional.of("hub-1.example:31701"),
        Optional.of("hub-1.example"),
        31_800
      )
    );
    assertThat(ClusterConfig.KEYS).contains(
      "ATRIUM_CLUSTER_PUBLIC_ADDRESS",
      "ATRIUM_BUS_PUBLIC_HOST",
      "ATRIUM_BUS_PUBLIC_PORT"
    );
  }

  @Test
  void refusesAnEnvironmentThatCanNotBeMeant(@TempDir Path dir) throws IOException {
    refuses("ATRIUM_CLUSTER_PORT", Map.of("ATRIUM_CLUSTER_PORT", "abc"));
    refuses("ATRIUM_CLUSTER_PORT", Map.of("ATRIUM_CLUSTER_PORT", "70000"));
    refuses("ATRIUM_CLUSTER_MEMBERS", Map.of("ATRIUM_CLUSTER_MEMBERS", "a b:c"));
    refuses("_PUBLIC_ADDRESS", Map.of("ATRIUM_CLUSTER_PUBLIC_ADDRESS", "no-port"));
    refuses("_PUBLIC_ADDRESS", Map.of("ATRIUM_CLUSTER_PUBLIC_ADDRESS", "host:70000"));
    refuses("_PUBLIC_PORT", Map.of("ATRIUM_BUS_PUBLIC_PORT", "70000"));
    String file = Files.createFile(dir.resolve("cert.pem")).toString();
    refuses("ATRIUM_BUS_TLS_CA", Map.of("ATRIUM_BUS_TLS_CERT", file));
    refuses("no readable file", Map.of("ATRIUM_BUS_TLS_CERT", file + "x"));
  }

  private static void refuses(String part, Map<String, String> env) {
    assertThatThrownBy(() -> ClusterConfig.fromEnvironment(env))
      .isInstanceOf(IllegalArgumentException.class)
      .hasMessageContaining(part);
  }

  private static String ask(List<Vertx> members) {
    members
      .get(0)
      .eventBus()
      .<JsonObject>consumer("test", m -> m.reply(new JsonObject().put("said", "heard")))
      .completion()
      .await();
    return members
      .get(1)
      .eventBus()
      .<JsonObject>request("test", new JsonObject(), new DeliveryOptions().setSendTimeout(3_000))
      .await()
      .body()
      .getString("said");
  }

  private List<Vertx> start(ClusterConfig... configs) throws Exception {
    List<Vertx> members = new ArrayList<>();
    for (ClusterConfig config : configs) {
      Future<Vertx> starting = Cluster.start(config);
      Vertx vertx = starting.await(30, TimeUnit.SECONDS);
      started.add(vertx);
      members.add(vertx);
    }
    return members;
  }

  private ClusterConfig plain(int port, List<Integer> ports) {
    return ClusterConfig.local(port, members(ports), name);
  }

  private ClusterConfig secured(int port, List<Integer> ports, BusTls tls) {
    String host = "127.0.0.1";
    return new ClusterConfig(
      host,
      port,
      members(ports),
      name,
      host,
      0,
      Optional.of(tls),
      ClusterConfig.Advertised.AS_BOUND
    );
  }

  private static List<String> members(List<Integer> ports) {
    return ports
      .stream()
      .map(port -> "127.0.0.1:" + port)
      .toList();
  }

  private static List<Integer> freePorts(int count) throws IOException {
    List<Integer> ports = new ArrayList<>();
    List<ServerSocket> held = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
      held.add(socket);
      ports.add(socket.getLocalPort());
    }
    for (ServerSocket socket : held) {
      socket.close();
    }
    return ports;
  }
}
