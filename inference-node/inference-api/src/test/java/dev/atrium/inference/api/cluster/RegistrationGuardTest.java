package dev.atrium.inference.api.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.multimap.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.spi.cluster.NodeInfo;
import io.vertx.core.spi.cluster.RegistrationInfo;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import io.vertx.spi.cluster.hazelcast.impl.HazelcastNodeInfo;
import io.vertx.spi.cluster.hazelcast.impl.HazelcastRegistrationInfo;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a partition may leave behind in the cluster's maps, put there by hand. */
class RegistrationGuardTest {

  private static final String ADDRESS = "hub.x.events";

  private final List<Vertx> members = new ArrayList<>();
  private Vertx oldest;
  private Vertx younger;
  private MultiMap<String, HazelcastRegistrationInfo> map;

  @BeforeEach
  void join() throws Exception {
    String name = "test-" + UUID.randomUUID();
    int port = freePort();
    oldest = start(ClusterConfig.local(port, List.of(), name));
    younger = start(ClusterConfig.local(freePort(), List.of("127.0.0.1:" + port), name));
    map = manager(oldest).getHazelcastInstance().getMultiMap("__vertx.subs");
  }

  @AfterEach
  void leave() throws Exception {
    for (Vertx vertx : members) {
      vertx.close().await(20, TimeUnit.SECONDS);
    }
  }

  @Test
  void restoresALivingConsumerThatAnotherMemberHasRemoved() throws Exception {
    consume(younger);
    assertThat(ask(oldest)).isEqualTo("heard");
    Collection<HazelcastRegistrationInfo> removed = map.remove(ADDRESS);
    assertThat(removed).hasSize(1);
    within(5_000, () -> map.get(ADDRESS).equals(removed));
    assertThat(ask(oldest)).isEqualTo("heard");
  }

  @Test
  void removesWhatNoMemberHasRegistered() throws Exception {
    consume(younger);
    map.put(ADDRESS, registration(UUID.randomUUID().toString(), 1));
    map.put(ADDRESS, registration(manager(younger).getNodeId(), 4_711));
    String gone = UUID.randomUUID().toString();
    var infos = manager(oldest).getHazelcastInstance().getMap("__vertx.nodeInfo");
    infos.put(gone, new HazelcastNodeInfo(new NodeInfo("127.0.0.1", 1, null)));
    assertThat(map.get(ADDRESS)).hasSize(3);
    // A third member that comes is what makes the others look.
    start(
      ClusterConfig.local(
        freePort(),
        List.of(address(oldest)),
        manager(oldest).getHazelcastInstance().getConfig().getClusterName()
      )
    );
    within(10_000, () -> map.get(ADDRESS).size() == 1 && !infos.containsKey(gone));
    assertThat(infos.keySet()).hasSize(3);
    for (int i = 0; i < 3; i++) {
      assertThat(ask(oldest)).isEqualTo("heard");
    }
  }

  @Test
  void leavesAClosedConsumerClosed() throws Exception {
    MessageConsumer<String> consumer = consume(younger);
    assertThat(ask(oldest)).isEqualTo("heard");
    consumer.unregister().await();
    Thread.sleep(1_500);
    assertThat(map.get(ADDRESS)).isEmpty();
  }

  @Test
  void publishesALostBusAddressAgain() throws Exception {
    var infos = manager(oldest).getHazelcastInstance().getMap("__vertx.nodeInfo");
    infos.delete(manager(younger).getNodeId());
    map.remove(ADDRESS);
    consume(younger);
    map.remove(ADDRESS);
    within(3_000, () -> infos.containsKey(manager(younger).getNodeId()));
    assertThat(ask(oldest)).isEqualTo("heard");
  }

  private Vertx start(ClusterConfig config) throws Exception {
    Vertx vertx = Cluster.start(config).await(30, TimeUnit.SECONDS);
    members.add(vertx);
    return vertx;
  }

  private static MessageConsumer<String> consume(Vertx vertx) {
    MessageConsumer<String> consumer = vertx
      .eventBus()
      .consumer(ADDRESS, message -> message.reply("heard"));
    consumer.completion().await();
    return consumer;
  }

  private static String ask(Vertx vertx) {
    return vertx
      .eventBus()
      .<String>request(ADDRESS, "", new DeliveryOptions().setSendTimeout(3_000))
      .await()
      .body();
  }

  private static HazelcastRegistrationInfo registration(String nodeId, long seq) {
    return new HazelcastRegistrationInfo(new RegistrationInfo(nodeId, seq, false));
  }

  private static HazelcastClusterManager manager(Vertx vertx) {
    return (HazelcastClusterManager) ((VertxInternal) vertx).clusterManager();
  }

  private static String address(Vertx vertx) {
    var address = manager(vertx).getHazelcastInstance().getCluster().getLocalMember().getAddress();
    return address.getHost() + ":" + address.getPort();
  }

  private static void within(long millis, BooleanSupplier holds) throws InterruptedException {
    long since = System.nanoTime();
    while (!holds.getAsBoolean()) {
      assertThat(System.nanoTime() - since).isLessThan(millis * 1_000_000);
      Thread.sleep(50);
    }
  }

  private static int freePort() throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
