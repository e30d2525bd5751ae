package dev.atrium.inference.api.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** A member that stands still for longer than an operation of Hazelcast waits, but not for good. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "processes are stopped by signals")
class SlowMemberTest {

  /** Past the four seconds after which an operation is given up, short of the twenty of a heartbeat. */
  private static final long STANDSTILL_MS = 7_000;

  @Test
  void aConsumerThatIsRegisteredMeanwhileIsKnownAfterwards() throws Exception {
    String cluster = "test-" + UUID.randomUUID();
    int port = freePort();
    Map<String, String> environment = Map.of(
      "ATRIUM_CLUSTER_NAME",
      cluster,
      "ATRIUM_CLUSTER_PORT",
      "" + port
    );
    try (MemberProcess slow = MemberProcess.start("slow", List.of("slow"), environment)) {
      slow.awaitReady();
      Vertx vertx = Cluster.start(
        ClusterConfig.local(freePort(), List.of("127.0.0.1:" + port), cluster)
      ).await(30, TimeUnit.SECONDS);
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
        assertThat(registered).as("some wait for it").anyMatch(future -> !future.isComplete());
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
