package dev.atrium.inference.api.cluster;

import com.hazelcast.core.OperationTimeoutException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts a clustered Vert.x, the same way for hubs and nodes: joined over TCP by the members named,
 * bound to one private address, calling nobody else. {@link Vertx#close()} leaves the cluster.
 *
 * <p>Hazelcast's own port is plaintext in its open-source edition: keep it on a private interface.
 * What travels on the bus is encrypted when {@link ClusterConfig#tls()} is given.
 */
public final class Cluster {

  private static final Logger LOG = LoggerFactory.getLogger(Cluster.class);
  /**
   * How long a process goes on trying to become a member, and to be known, while others are slow. An
   * operation is given up after four seconds ({@link HazelcastSettings}).
   */
  static final Duration PATIENCE = Duration.ofSeconds(60);

  private Cluster() {}

  /** Joins with default options. */
  public static Future<Vertx> start(ClusterConfig config) {
    return start(config, new VertxOptions());
  }

  /**
   * Joins, or stands alone where none of the members named is there yet; they find each other later.
   *
   * @param options what else the process wants of Vert.x; its event bus options are set here
   * @return the joined Vert.x; fails if the port is taken ({@link #portTaken}), the host unknown or
   *     another cluster of the same name refuses
   */
  public static Future<Vertx> start(ClusterConfig config, VertxOptions options) {
    try {
      probe(config);
      return join(config, options, System.nanoTime());
    } catch (RuntimeException | IOException e) {
      return Future.failedFuture(e);
    }
  }

  private static Future<Vertx> join(ClusterConfig config, VertxOptions options, long sinceNanos) {
    GuardedClusterManager manager = new GuardedClusterManager(HazelcastSettings.of(config));
    return Vertx.builder()
      .with(new VertxOptions(options).setEventBusOptions(bus(config)))
      .withClusterManager(manager)
      .buildClustered()
      .onSuccess(_ ->
        LOG.info(
          "joined cluster {} on {}:{} with {} members in {} ms",
          config.name(),
          config.host(),
          config.port(),
          manager.getNodes().size(),
          (System.nanoTime() - sinceNanos) / 1_000_000
        )
      )
      .recover(failure -> {
        Promise<Vertx> again = Promise.promise();
        // Hazelcast ends slowly, and the threads of the Vert.x that failed are ending too.
        Thread.ofPlatform()
          .name("join")
          .start(() -> {
            try {
              // Vert.x does not end what it could not join with.
              manager.abandon();
              if (slow(failure) && System.nanoTime() - sinceNanos < PATIENCE.toNanos()) {
                LOG.warn("joining again: a member was too slow: {}", failure.getClass().getName());
                join(config, options, sinceNanos).onComplete(again);
              } else {
                again.fail(failure);
              }
            } catch (RuntimeException e) {
              // Whoever waits for the start must hear of it.
              e.addSuppressed(failure);
              again.tryFail(e);
            }
          });
        return again.future();
      });
  }

  /** The name of this process among the members of its cluster. */
  public static String memberOf(Vertx vertx) {
    return manager(vertx).getNodeId();
  }

  /**
   * Calls with the name of each member that leaves or is lost, as soon as that is known, on a thread
   * that must not be held up. A killed process is known to be lost when its connections break, one
   * that hangs only after many seconds.
   */
  public static void onMemberLeft(Vertx vertx, Consumer<String> listener) {
    manager(vertx).onMemberLeft(listener);
  }

  /**
   * Calls once this process is no member any more though it did not leave: Hazelcast ends itself where
   * a merge fails for good, or without memory. Nothing reaches it then, nor will; it is best ended and
   * started anew. Calls on a thread that must not be held up, the last listener only.
   */
  public static void onEnded(Vertx vertx, Runnable listener) {
    manager(vertx).onEnded(listener);
  }

  private static GuardedClusterManager manager(Vertx vertx) {
    return (GuardedClusterManager) ((VertxInternal) vertx).clusterManager();
  }

  /** A member did not answer in time; on a machine where everything starts at once none may. */
  static boolean slow(Throwable failure) {
    return failure instanceof OperationTimeoutException;
  }

  /** Whether {@link #start} failed because somebody else listens on the port. */
  public static boolean portTaken(Throwable failure) {
    // An address that this machine does not have is a BindException too.
    return failure instanceof BindException && failure.getMessage().contains("in use");
  }

  /** Fails early and in one line where Hazelcast and Vert.x would each print a stack. */
  private static void probe(ClusterConfig config) throws IOException {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(config.host(), config.port()));
    }
  }

  private static EventBusOptions bus(ClusterConfig config) {
    EventBusOptions bus = new EventBusOptions()
      .setHost(config.busHost())
      .setPort(config.busPort())
      .setTrustAll(false)
      .setTcpNoDelay(true)
      .setClusterPingInterval(5_000)
      .setClusterPingReplyInterval(5_000)
      .setConnectTimeout(3_000);
    config.advertised().busHost().ifPresent(bus::setClusterPublicHost);
    if (config.advertised().busPort() > 0) {
      bus.setClusterPublicPort(config.advertised().busPort());
    }
    config.tls().ifPresent(tls -> secure(bus, tls));
    return bus;
  }

  private static void secure(EventBusOptions bus, BusTls tls) {
    bus
      .setSsl(true)
      .setClientAuth(ClientAuth.REQUIRED)
      .setEnabledSecureTransportProtocols(Set.of("TLSv1.3"))
      .setKeyCertOptions(
        new PemKeyCertOptions()
          .setCertPath(tls.certificate().toString())
          .setKeyPath(tls.key().toString())
      )
      .setTrustOptions(new PemTrustOptions().addCertPath(tls.authority().toString()));
  }
}
