package dev.atrium.inference;

import dev.atrium.engine.EngineConfig;
import dev.atrium.engine.LlmEngine;
import dev.atrium.engine.model.ModelLoadException;
import dev.atrium.inference.api.cluster.Cluster;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sun.misc.Signal;

/**
 * The process of an inference node: reads its environment, starts the node, says so in one line on
 * stdout ({@code ready node <nodeId> <model>[,<model>]}), and leaves in order on SIGTERM or SIGINT.
 * A second signal ends it at once.
 *
 * <p>Exit codes: 0 left in order, 64 a setting can't be meant, 69 a model can't be loaded or
 * a GPU is not there, 73 the port
 * is taken, 1 anything else.
 */
public final class NodeMain {

  private static final Logger LOG = LoggerFactory.getLogger(NodeMain.class);
  /** How long a leaving node lets generations finish. */
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private NodeMain() {}

  public static void main(String[] args) {
    try {
      NodeConfig config = NodeConfig.fromEnvironment(System.getenv());
      LOG.info("starting {}", config);
      List<EngineConfig> devices = LlmEngine.devices(config.devices())
        .stream()
        .map(config::engineOn)
        .toList();
      InferenceNode node = InferenceNode.start(
        config.nodeId(),
        config.cluster(),
        ModelSource.ofDirectories(config.models(), devices, new HashSet<>())
      );
      Optional<ModelKeeper> keeper = config
        .modelsFile()
        .map(file ->
          new ModelKeeper(file, config.nodeId(), node, (directory, taken) ->
            ModelSource.ofDirectories(List.of(directory), devices, taken)
          )
        );
      leaveOnSignal(node, keeper);
      keeper.ifPresent(ModelKeeper::start);
      var _ = node.broken().thenRun(() -> halt(1));
      System.out.println("ready node " + config.nodeId() + " " + names(node));
    } catch (ConfigException e) {
      fail(64, e.getMessage());
    } catch (ModelLoadException e) {
      fail(69, e.code() + ": " + e.getMessage());
    } catch (Exception e) {
      if (Cluster.portTaken(e)) {
        fail(73, "ATRIUM_CLUSTER_PORT is taken by another process");
      }
      LOG.error("the node could not start", e);
      halt(1);
    }
  }

  private static String names(InferenceNode node) {
    return node.engines().stream().map(LoadedEngine::name).collect(Collectors.joining(","));
  }

  /**
   * The JVM's own shutdown hooks would do for one signal, but would make a second one wait for them.
   */
  private static void leaveOnSignal(InferenceNode node, Optional<ModelKeeper> keeper) {
    Thread leaving = Thread.ofPlatform()
      .name("leaving")
      .unstarted(() -> {
        keeper.ifPresent(ModelKeeper::close);
        node.leave(PATIENCE);
        halt(0);
      });
    for (String name : new String[] { "TERM", "INT" }) {
      Signal.handle(new Signal(name), _ -> {
        synchronized (leaving) {
          if (leaving.getState() != Thread.State.NEW) {
            LOG.warn("a second signal: ending at once");
            halt(1);
          }
          leaving.start();
        }
      });
    }
  }

  private static void fail(int code, String sentence) {
    System.err.println("atrium node: " + sentence);
    halt(code);
  }

  /** Without hooks: native threads of the engine may still compute, and nothing is left to save. */
  private static void halt(int code) {
    System.out.flush();
    System.err.flush();
    Runtime.getRuntime().halt(code);
  }
}
