package dev.atrium.inference.api.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.config.Config;
import com.hazelcast.config.ListenerConfig;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceAware;
import com.hazelcast.core.LifecycleEvent;
import com.hazelcast.core.LifecycleEvent.LifecycleState;
import com.hazelcast.core.LifecycleListener;
import com.hazelcast.instance.impl.HazelcastInstanceImpl;
import com.hazelcast.instance.impl.HazelcastInstanceProxy;
import com.hazelcast.instance.impl.Node;
import com.hazelcast.partition.Partition;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class KnownMasterTest {

  private final String name = "test-" + UUID.randomUUID();
  private final List<HazelcastInstance> started = new ArrayList<>();

  @AfterEach
  void terminate() {
    started.forEach(hazelcast -> hazelcast.getLifecycleService().terminate());
  }

  @Test
  void aMemberThatForgotItsMasterWhileItJoinedTakesPartInTheCluster() throws Exception {
    int port = freePort();
    HazelcastInstance first = start(HazelcastSettings.of(local(port, List.of())));
    for (int i = 0; i < 200; i++) {
      first.getMap("entries").put(i, "of the first");
    }
    Config settings = HazelcastSettings.of(local(freePort(), List.of("127.0.0.1:" + port)));
    settings
      .getListenerConfigs()
      .replaceAll(listener ->
        listener.getImplementation() instanceof KnownMaster known
          ? new ListenerConfig(new Forgetful(known))
          : listener
      );
    HazelcastInstance second = start(settings);

    assertThat(second.getCluster().getMembers()).hasSize(2);
    assertThat(node(original(second)).getMasterAddress()).isEqualTo(
      node(original(first)).getThisAddress()
    );
    within(() -> owners(second) == 2);
    for (int i = 0; i < 200; i++) {
      second.getMap("entries").put(i, "of the second");
      assertThat(first.getMap("entries").get(i)).isEqualTo("of the second");
    }
  }

  /** Who holds partitions, by the table that this member has from its master. */
  private static long owners(HazelcastInstance hazelcast) {
    return hazelcast
      .getPartitionService()
      .getPartitions()
      .stream()
      .map(Partition::getOwner)
      .distinct()
      .count();
  }

  private static void within(BooleanSupplier holds) throws InterruptedException {
    long since = System.nanoTime();
    while (!holds.getAsBoolean()) {
      assertThat(System.nanoTime() - since).isLessThan(TimeUnit.SECONDS.toNanos(10));
      Thread.sleep(20);
    }
  }

  /** Does before what Hazelcast's joining thread does when the answer comes just after its last look. */
  private record Forgetful(
    KnownMaster known,
    AtomicReference<HazelcastInstance> hazelcast
  ) implements LifecycleListener, HazelcastInstanceAware {
    Forgetful(KnownMaster known) {
      this(known, new AtomicReference<>());
    }

    @Override
    public void setHazelcastInstance(HazelcastInstance instance) {
      hazelcast.set(instance);
      known.setHazelcastInstance(instance);
    }

    @Override
    public void stateChanged(LifecycleEvent event) {
      if (event.getState() == LifecycleState.STARTED) {
        node(hazelcast.get()).getClusterService().setMasterAddressToJoin(null);
      }
      known.stateChanged(event);
    }
  }

  private HazelcastInstance start(Config settings) {
    HazelcastInstance hazelcast = Hazelcast.newHazelcastInstance(settings);
    started.add(hazelcast);
    return hazelcast;
  }

  private static Node node(HazelcastInstance original) {
    return ((HazelcastInstanceImpl) original).node;
  }

  private static HazelcastInstance original(HazelcastInstance proxy) {
    return ((HazelcastInstanceProxy) proxy).getOriginal();
  }

  private ClusterConfig local(int port, List<String> members) {
    return ClusterConfig.local(port, members, name);
  }

  private static int freePort() throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
