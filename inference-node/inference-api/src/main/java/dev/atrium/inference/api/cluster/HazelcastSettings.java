package dev.atrium.inference.api.cluster;

import com.hazelcast.config.Config;
import com.hazelcast.config.JavaSerializationFilterConfig;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.config.ListenerConfig;
import com.hazelcast.config.MapConfig;
import com.hazelcast.config.MultiMapConfig;
import com.hazelcast.config.NetworkConfig;
import java.net.InetAddress;
import java.net.UnknownHostException;

/** What a {@link ClusterConfig} means in Hazelcast's own words. */
final class HazelcastSettings {

  private HazelcastSettings() {}

  static Config of(ClusterConfig cluster) {
    Config config = new Config();
    config.setClusterName(cluster.name());
    config.getMetricsConfig().setEnabled(false);
    config.getJetConfig().setEnabled(false);
    network(config.getNetworkConfig(), cluster);
    properties(config);
    allowList(config);
    // Vert.x asks for exactly these; one backup each, so that a killed member takes nothing along.
    config.addMultiMapConfig(new MultiMapConfig("__vertx.subs").setBackupCount(1));
    config.addMapConfig(new MapConfig("__vertx.haInfo").setBackupCount(1));
    config.addMapConfig(new MapConfig("__vertx.nodeInfo").setBackupCount(1));
    config.addListenerConfig(new ListenerConfig(new KnownMaster()));
    return config;
  }

  private static void network(NetworkConfig network, ClusterConfig cluster) {
    network.setPort(cluster.port()).setPortAutoIncrement(false).setReuseAddress(true);
    InetAddress address = address(cluster.host());
    network.getInterfaces().setEnabled(true).addInterface(address.getHostAddress());
    cluster.advertised().cluster().ifPresent(network::setPublicAddress);
    JoinConfig join = network.getJoin();
    join.getMulticastConfig().setEnabled(false);
    join.getAutoDetectionConfig().setEnabled(false);
    // Also how long members that start together ask each other before one of them takes the lead. On
    // another machine it must outlast a lost packet, or both would begin a cluster of their own.
    join
      .getTcpIpConfig()
      .setEnabled(true)
      .setConnectionTimeoutSeconds(address.isLoopbackAddress() ? 1 : 3)
      .setMembers(cluster.members());
  }

  private static void properties(Config config) {
    config.setProperty("hazelcast.phone.home.enabled", "false");
    config.setProperty("hazelcast.logging.type", "slf4j");
    config.setProperty("hazelcast.socket.bind.any", "false");
    config.setProperty("hazelcast.prefer.ipv4.stack", "true");
    // The process decides when it leaves: first the generations, then the cluster.
    config.setProperty("hazelcast.shutdownhook.enabled", "false");
    config.setProperty("hazelcast.graceful.shutdown.max.wait", "5");
    // A killed member's connection breaks at once; this is for one that hangs or is cut off. Who works
    // with whom is decided sooner, by the nodes' heartbeats; a member dropped by mistake, because its
    // machine was busy, costs more than a late detection.
    config.setProperty("hazelcast.heartbeat.interval.seconds", "1");
    config.setProperty("hazelcast.max.no.heartbeat.seconds", "20");
    // An answer that a broken link has swallowed is given up after twice this time, two minutes by
    // default: so long Vert.x would send nothing to an address that it was looking up, and learn of no
    // change of any other. A member that is slow, but alive, says so twice a second and is waited for.
    config.setProperty("hazelcast.operation.call.timeout.millis", "2000");
    config.setProperty("hazelcast.merge.first.run.delay.seconds", "5");
    // How soon the two sides of a partition look for each other again.
    config.setProperty("hazelcast.merge.next.run.delay.seconds", "2");
    // Few partitions and threads: the cluster keeps some hundred tiny entries, and start-up counts.
    config.setProperty("hazelcast.partition.count", "31");
    config.setProperty("hazelcast.operation.thread.count", "2");
    config.setProperty("hazelcast.operation.generic.thread.count", "2");
    config.setProperty("hazelcast.io.thread.count", "1");
    config.setProperty("hazelcast.event.thread.count", "1");
    config.setProperty("hazelcast.wait.seconds.before.join", "0");
    config.setProperty("hazelcast.health.monitoring.level", "OFF");
  }

  /** Hazelcast's port speaks Java serialisation to whoever reaches it; only these may be read. */
  private static void allowList(Config config) {
    JavaSerializationFilterConfig filter = new JavaSerializationFilterConfig();
    filter.setDefaultsDisabled(true);
    filter
      .getWhitelist()
      .addPrefixes(
        "com.hazelcast.",
        "io.vertx.spi.cluster.hazelcast.",
        "java.lang.",
        "java.util.",
        "["
      );
    config.getSerializationConfig().setJavaSerializationFilterConfig(filter);
  }

  private static InetAddress address(String host) {
    try {
      return InetAddress.getByName(host);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("ATRIUM_CLUSTER_HOST is not a known host: " + host, e);
    }
  }
}
