package dev.atrium.inference.api.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.core.LifecycleEvent;
import com.hazelcast.core.LifecycleEvent.LifecycleState;
import com.hazelcast.multimap.MultiMap;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.internal.VertxInternal;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** A member that stands still for longer than an operation of Hazelcast waits, but not for good. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "processes are stopped by signals")
class SlowMemberTest {

  /** Past the four seconds after which an operation is given up, short of the twenty of a heartbeat. */
  private static final long STANDSTILL_MS = 7_000;

  private final String cluster = "test-" + UUID.randomUUID();

  @Test
  void aConsumerThatIsRegisteredMeanwhileIsKnownAfterwards() throws Exception {
    int port = freePort();
    try (MemberProcess slow = MemberProcess.start("slow", List.of("slow"), environment(port))) {
      slow.awaitReady();
      Vertx vertx = join(port);
      try {
        slow.signal("STOP");
        List<Future<Void>> registered = new ArrayList<>();
        // So many that some of them are kept by the member that stands still.
        for (String address : addresses()) {
          registered.add(
            vertx
              .eventBus()
              .<String>consumer(address, message -> message.reply("heard"))
              .completion()
          );
        }
        Thread.sleep(STANDSTILL_MS);
        assertThat(registered)
          .as("some wait for it")
          .anyMatch(future -> !future.isComplete());
        slow.signal("CONT");
        Future.all(registered).await(30, TimeUnit.SECONDS);
        for (String address : addresses()) {
          assertThat(ask(vertx, address)).isEqualTo("heard");
        }
      } finally {
        vertx.close().await(20, TimeUnit.SECONDS);
      }
    }
  }

  @Test
  void aMemberThatJoinsMeanwhileTriesAgain() throws Exception {
    int port = freePort();
    Vertx first = Cluster.start(ClusterConfig.local(port, List.of(), cluster)).await(
      30,
      TimeUnit.SECONDS
    );
    Map<String, String> environment = new HashMap<>(environment(freePort()));
    environment.put("ATRIUM_CLUSTER_MEMBERS", "127.0.0.1:" + port);
    try (MemberProcess slow = MemberProcess.start("slow", List.of("slow"), environment)) {
      slow.awaitReady();
      within(() -> registered("inference.slow.e.prepare", first));
      Future<Vertx> joining = Cluster.start(
        ClusterConfig.local(freePort(), List.of("127.0.0.1:" + port), cluster)
      );
      // Just now it is a member, and is about to ask all others to tell it of changes in the map.
      within(() -> members(first) == 3);
      slow.signal("STOP");
      Thread.sleep(STANDSTILL_MS);
      slow.signal("CONT");
      Vertx joined = joining.await(50, TimeUnit.SECONDS);
      try {
        assertThat(ask(joined, "inference.slow.e.prepare")).isEqualTo("slow");
      } finally {
        joined.close().await(20, TimeUnit.SECONDS);
      }
    } finally {
      first.close().await(20, TimeUnit.SECONDS);
    }
  }

  @Test
  void theGuardWatchesOnThoughAMemberWasTooSlowForTheEndOfAMerge() throws Exception {
    int port = freePort();
    try (MemberProcess slow = MemberProcess.start("slow", List.of("slow"), environment(port))) {
      slow.awaitReady();
      Vertx vertx = join(port);
      try {
        vertx
          .eventBus()
          .<String>consumer("one", message -> message.reply("heard"))
          .completion()
          .await();
        MultiMap<String, Object> map = manager(vertx)
          .getHazelcastInstance()
          .getMultiMap("__vertx.subs");
        slow.signal("STOP");
        merge(manager(vertx));
        slow.signal("CONT");
        assertThat(map.remove("one")).hasSize(1);
        within(() -> map.containsKey("one"));
      } finally {
        vertx.close().await(20, TimeUnit.SECONDS);
      }
    }
  }

  /** What Hazelcast says from the beginning to the end of a merge; nobody may keep it from going on. */
  private static void merge(GuardedClusterManager manager) {
    manager.stateChanged(new LifecycleEvent(LifecycleState.MERGING));
    manager.stateChanged(new LifecycleEvent(LifecycleState.MERGED));
  }

  @Test
  void aMemberThatIsKilledIsKnownToBeLostLongBeforeItsSilenceIsNoticed() throws Exception {
    int port = freePort();
    try (
      MemberProcess killed = MemberProcess.start("killed", List.of("killed"), environment(port))
    ) {
      killed.awaitReady();
      Vertx vertx = join(port);
      try {
        BlockingQueue<String> left = new LinkedBlockingQueue<>();
        Cluster.onMemberLeft(vertx, left::add);
        killed.signal("KILL");
        assertThat(left.poll(10, TimeUnit.SECONDS)).isEqualTo(killed.nodeId());
      } finally {
        vertx.close().await(20, TimeUnit.SECONDS);
      }
    }
  }

  @Test
  void whoNeverWasAskedIsReachedAtOnceThoughTheMemberThatKeepsTheAddressStandsStill()
    throws Exception {
    int port = freePort();
    try (MemberProcess slow = MemberProcess.start("slow", List.of("slow"), environment(port))) {
      slow.awaitReady();
      Vertx sender = join(port);
      Vertx reader = join(port);
      try {
        for (String address : addresses()) {
          reader.eventBus().<String>consumer(address, message -> message.reply("heard"));
        }
        // Both ways, since a reply has to find its way too.
        within(
          () ->
            manager(reader).isKnown(manager(sender).getNodeId()) &&
            addresses()
              .stream()
              .allMatch(address -> manager(sender).isKnown(address, manager(reader).getNodeId()))
        );
        slow.signal("STOP");
        for (String address : addresses()) {
          String heard = sender
            .eventBus()
            .<String>request(address, "", new DeliveryOptions().setSendTimeout(1_500))
            .await()
            .body();
          assertThat(heard).isEqualTo("heard");
        }
      } finally {
        slow.signal("CONT");
        sender.close().await(20, TimeUnit.SECONDS);
        reader.close().await(20, TimeUnit.SECONDS);
      }
    }
  }

  private static boolean registered(String address, Vertx vertx) {
    return manager(vertx).getHazelcastInstance().getMultiMap("__vertx.subs").containsKey(address);
  }

  private static int members(Vertx vertx) {
    return manager(vertx).getHazelcastInstance().getCluster().getMembers().size();
  }

  private static GuardedClusterManager manager(Vertx vertx) {
    return (GuardedClusterManager) ((VertxInternal) vertx).clusterManager();
  }

  private static void within(BooleanSupplier holds) throws InterruptedException {
    long since = System.nanoTime();
    while (!holds.getAsBoolean()) {
      assertThat(System.nanoTime() - since).isLessThan(TimeUnit.SECONDS.toNanos(30));
      Thread.sleep(1);
    }
  }

  private Map<String, String> environment(int port) {
    return Map.of("ATRIUM_CLUSTER_NAME", cluster, "ATRIUM_CLUSTER_PORT", "" + port);
  }

  private Vertx join(int port) throws Exception {
    return Cluster.start(
      ClusterConfig.local(freePort(), List.of("127.0.0.1:" + port), cluster)
    ).await(30, TimeUnit.SECONDS);
  }

  private static List<String> addresses() {
    return List.of("one", "two", "three", "four", "five", "six", "seven", "eight");
  }

  private static String ask(Vertx vertx, String address) {
    return vertx
      .eventBus()
      .<String>request(address, "", new DeliveryOptions().setSendTimeout(5_000))
      .await()
      .body();
  }

  private static int freePort() throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
