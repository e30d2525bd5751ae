package dev.atrium.hub;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import dev.atrium.hub.config.ConfigException;
import dev.atrium.hub.config.HubConfig;
import dev.atrium.inference.api.cluster.Cluster;
import dev.atrium.schema.DatabaseUnreachableException;
import dev.atrium.schema.Migrations;
import dev.atrium.schema.NewerSchemaException;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sun.misc.Signal;

/**
 * The process around a hub: configuration, migrations, the cluster, one line on stdout when it is
 * ready ({@code ready hub <hubId> <url>}), and an orderly end on SIGTERM or SIGINT.
 *
 * <p>Exit codes: 0 left in order, 64 a setting can't be meant, 69 the database can't be reached, 73 a
 * port is taken or the data is of a newer version, 1 anything else.
 */
final class HubProcess {

  private static final int USAGE = 64;
  private static final int UNAVAILABLE = 69;
  private static final int CANT_CREATE = 73;
  private static final long START_SECONDS = 60;
  private static final long STOP_SECONDS = 40;
  private static final Logger log = LoggerFactory.getLogger(HubProcess.class);

  private HubProcess() {}

  static void run(Map<String, String> environment) {
    try {
      HubConfig config = HubConfig.fromEnvironment(environment);
      log.info("starting {}", config);
      Migrations.apply(config.database());
      Migrations.applyKeys(config.keysDatabase());
      Vertx vertx = get(
        Cluster.start(config.cluster(), new VertxOptions().setPreferNativeTransport(true)),
        START_SECONDS
      );
      Cluster.onEnded(vertx, HubProcess::expelled);
      HubMain hub = get(HubMain.start(vertx, config), START_SECONDS);
      leaveOnSignal(vertx, hub);
      System.out.println("ready hub " + config.hubId() + " " + hub.url());
      System.out.flush();
    } catch (ConfigException e) {
      fail(USAGE, e.getMessage());
    } catch (NewerSchemaException e) {
      fail(CANT_CREATE, e.getMessage());
    } catch (DatabaseUnreachableException e) {
      fail(UNAVAILABLE, e.getMessage());
    } catch (Exception e) {
      notStarted(e);
    }
  }

  private static void notStarted(Exception e) {
    if (e instanceof AtriumException refusal && refusal.code() == ErrorCode.DATABASE_UNAVAILABLE) {
      fail(UNAVAILABLE, "the database can't be reached");
    }
    if (Cluster.portTaken(e)) {
      fail(CANT_CREATE, "ATRIUM_CLUSTER_PORT is taken by another process");
    }
    // The native transport has a type of its own for it.
    if (e instanceof IOException && String.valueOf(e.getMessage()).contains("in use")) {
      fail(CANT_CREATE, "ATRIUM_HTTP_PORT or ATRIUM_HTTP_DIRECT_PORT is taken by another process");
    }
    if (e instanceof IllegalArgumentException) {
      fail(USAGE, e.getMessage());
    }
    log.error("the hub could not start", e);
    halt(1);
  }

  /** Another hub adopts what this one was writing; its clients go there. */
  private static void expelled() {
    log.error("no member of the cluster any more, for Hazelcast ended itself: ending too");
    halt(1);
  }

  private static void leaveOnSignal(Vertx vertx, HubMain hub) {
    Thread leaving = Thread.ofPlatform()
      .name("leaving")
      .unstarted(() -> leave(vertx, hub));
    for (String name : new String[] { "TERM", "INT" }) {
      Signal.handle(new Signal(name), _ -> {
        synchronized (leaving) {
          if (leaving.getState() != Thread.State.NEW) {
            log.warn("a second signal: ending at once");
            halt(1);
          }
          leaving.start();
        }
      });
    }
  }

  private static void leave(Vertx vertx, HubMain hub) {
    try {
      log.info("leaving");
      get(hub.stop(), STOP_SECONDS);
      get(vertx.close(), STOP_SECONDS);
      log.info("left in order");
      halt(0);
    } catch (Exception e) {
      log.error("could not leave in order", e);
      halt(1);
    }
  }

  private static <T> T get(io.vertx.core.Future<T> future, long seconds) throws Exception {
    try {
      return future.toCompletionStage().toCompletableFuture().get(seconds, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    } catch (TimeoutException e) {
      throw new IllegalStateException("not done after " + seconds + " s", e);
    }
  }

  private static void fail(int code, String sentence) {
    System.err.println("atrium hub: " + sentence);
    halt(code);
  }

  /** Without hooks: what has to be stored is stored, and nobody may hold up the end. */
  private static void halt(int code) {
    System.out.flush();
    System.err.flush();
    Runtime.getRuntime().halt(code);
  }
}
